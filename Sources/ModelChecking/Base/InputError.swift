/// Something that a user asked for and can't be done, in one sentence; and what else there is to say.
public struct InputError: Error, Sendable, Equatable, CustomStringConvertible {
  public let message: String

  /// What else is known, in lines: of a function of a model that traps, the state on which it did and
  /// the shortest way there.
  public let details: [String]

  /// Whether a function of a model is at fault, and not what was asked for.
  public let isFaultOfModel: Bool

  public init(_ message: String) { self.init(message, details: [], isFaultOfModel: false) }

  init(_ message: String, details: [String], isFaultOfModel: Bool) {
    self.message = message
    self.details = details
    self.isFaultOfModel = isFaultOfModel
  }

  /// What is wrong with a file of a race, in lines, of which the first is the message.
  package init(ofFile lines: [String]) {
    self.init(lines.first ?? "", details: Array(lines.dropFirst()), isFaultOfModel: true)
  }

  /// The message and its details, a line each.
  public var lines: [String] { [message] + details.map { "  \($0)" } }

  /// The same about something by name.
  package func about(_ name: String) -> InputError {
    InputError("\(name): \(message)", details: details, isFaultOfModel: isFaultOfModel)
  }

  public var description: String { message }

  /// The error for a name that isn't one of `known`, with the nearest of them where one is near.
  public static func unknown(
    _ kind: String, _ name: String, of owner: String? = nil, among known: [String]
  ) -> InputError {
    let shown = name.abridged
    let place = owner.map { "\($0) has no \(kind) '\(shown)'" } ?? "there is no \(kind) '\(shown)'"
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
