import ModelChecking

/// What many searches may use together.
struct Budget: Sendable {
  var time: Duration?
  var memoryBytes: Int?

  /// - Throws: `InputError` that names `owner` unless `text` is a time, a size, or both.
  init(_ text: String, of owner: String) throws(InputError) {
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let isSize = part.last.map("KMGT".contains) ?? false
      let isTime = part.last.map("smh".contains) ?? false
      guard isSize || isTime, isSize ? memoryBytes == nil : time == nil else {
        throw InputError(
          "\(owner) must be a time, a size or both, such as 60s, 4G or 60s,4G, not '\(text)'")
      }
      if isSize {
        memoryBytes = try ValueKind.memoryBytes.read(part, owner)
      } else {
        time = try ValueKind.duration.read(part, owner)
      }
    }
  }
}

extension ValueKind<Budget> {
  static var budget: Self {
    ValueKind(word: ValueWord(placeholder: "LIMITS", completion: .none)) {
      text, owner throws(InputError) in try Budget(text, of: owner)
    }
  }
}
