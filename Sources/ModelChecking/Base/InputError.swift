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
