import ModelChecking

/// What a check is to look at, and whether it goes on after the first bug.
struct PropertyChoice {
  /// The options that say so.
  static let options: [any DeclaredOption] = [keepGoing, property, ignoreDeadlocks]

  static let keepGoing = Option(
    flag: "--keep-going", "go on after the first bug and show everything that is wrong")
  static let property = Option(
    repeated: "--property", .text("NAME"),
    "look at this property only: its name, or number in 'list'")
  static let ignoreDeadlocks = Option(
    flag: "--ignore-deadlocks", "let pass that actors wait for ever, and count the deadlocks")

  private let keepsGoing: Bool
  private let ignoresDeadlocks: Bool
  /// Nil where all are looked at.
  private let chosen: [any Property]?

  init(_ arguments: ParsedArguments, of system: System) throws(InputError) {
    keepsGoing = arguments.has(Self.keepGoing)
    ignoresDeadlocks = arguments.has(Self.ignoreDeadlocks)
    let names = try arguments[Self.property]
    chosen =
      names.isEmpty
      ? nil : try names.map { name throws(InputError) in try system.property(name) }
  }

  /// Adds the choice to the options of a search.
  func apply(to options: inout SearchOptions) {
    options.keepsGoing = keepsGoing
    options.ignoresDeadlocks = ignoresDeadlocks
    options.properties = chosen.map { Set($0.map(\.id)) }
  }

  /// The arguments that ask a command for the properties again, each behind a blank; by the numbers in
  /// `system`, so that no name need be quoted.
  func arguments(in system: System) -> String {
    system.properties.enumerated()
      .filter { _, property in chosen?.contains { $0.id == property.id } ?? false }
      .map { " --property \($0.offset + 1)" }.joined()
  }
}
