/// Something a user asked for that can't be done, in one sentence.
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }

  /// The error for a name that isn't one of `known`, with the nearest of them where one is near.
  public static func unknown(
    _ kind: String, _ name: String, of owner: String? = nil, among known: [String]
  ) -> InputError {
    let place = owner.map { "\($0) has no \(kind) '\(name)'" } ?? "there is no \(kind) '\(name)'"
    let hint: String
    if let nearest = nearestName(to: name, among: known) {
      hint = "; did you mean '\(nearest)'?"
    } else if known.isEmpty {
      hint = ""
    } else {
      hint = "; there is: \(known.joined(separator: ", "))"
    }
    return InputError(place + hint)
  }
}

/// The one of `known` that differs from `name` by the fewest edits, if these are few enough to be a
/// slip: at most 2, or a third of the name's length.
func nearestName(to name: String, among known: [String]) -> String? {
  let distances = known.map { (name: $0, edits: editDistance(name, $0)) }
  guard let best = distances.min(by: { $0.edits < $1.edits }) else { return nil }
  return best.edits <= max(2, name.count / 3) ? best.name : nil
}

/// The Levenshtein distance. Time is the product of the lengths, of which at most 64 count.
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a.prefix(64))
  let b = Array(b.prefix(64))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}

extension String {
  /// A text from outside as a message may show it: on one line, of a bearable length, and without
  /// anything that a terminal would obey.
  package var printable: String {
    let mostScalars = 100
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(mostScalars) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        shown.append("?")
      default: shown.append(scalar)
      }
    }
    return String(shown) + (unicodeScalars.count > mostScalars ? ".." : "")
  }
}
