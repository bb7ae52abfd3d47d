/// A command line that help shows, and what it is for.
public struct Example: Sendable {
  /// Without the program's name.
  package let arguments: String
  package let meaning: String
  /// The command whose help shows it.
  let command: String

  /// - Parameter command: the one whose help shows it; by default the one that is called.
  public init(_ arguments: String, _ meaning: String, of command: String? = nil) {
    self.arguments = arguments
    self.meaning = meaning
    self.command = command ?? String(arguments.prefix { $0 != " " })
  }
}
