import ModelChecking

/// Reads the numbers that options take, each with one clear error for what it is not.
enum Quantities {
  /// A whole number of a range.
  static func integer(
    _ text: String, of what: String, in range: ClosedRange<Int>
  ) throws(InputError) -> Int {
    guard let value = Int(text) else {
      let digits = text.drop { $0 == "-" || $0 == "+" }
      let isHuge = !digits.isEmpty && digits.allSatisfy(\.isNumber)
      throw InputError(
        "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound), "
          + (isHuge ? "and '\(text)' is far outside" : "not '\(text)'"))
    }
    guard range.contains(value) else {
      throw InputError(
        "\(what) is \(value), but must be from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A size as bytes: "512M", "8G", with K, M, G or T for powers of 1024.
  static func bytes(_ text: String, of what: String) throws(InputError) -> Int {
    let units = ["K": 10.0, "M": 20, "G": 30, "T": 40].mapValues { exponent in
      (0..<Int(exponent)).reduce(1.0) { value, _ in value * 2 }
    }
    let value = try quantity(text, of: what, units: units, example: "512M or 8G")
    guard value < 1e15 else { throw InputError("\(what) is '\(text)', which is far too much") }
    return Int(value)
  }

  /// A duration: "500ms", "30s", "5m", "8h".
  static func duration(_ text: String, of what: String) throws(InputError) -> Duration {
    let units = ["ms": 0.001, "s": 1, "m": 60, "h": 3600]
    let seconds = try quantity(text, of: what, units: units, example: "30s or 5m")
    guard seconds <= 1e8 else { throw InputError("\(what) is '\(text)', which is far too long") }
    return .seconds(seconds)
  }

  private static func quantity(
    _ text: String, of what: String, units: [String: Double], example: String
  ) throws(InputError) -> Double {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = String(text.dropFirst(digits.count))
    guard let number = Double(digits), let factor = units[unit] else {
      throw InputError("\(what) must be a number with a unit, such as \(example), not '\(text)'")
    }
    guard number > 0 else { throw InputError("\(what) must be more than 0, not '\(text)'") }
    return number * factor
  }
}
