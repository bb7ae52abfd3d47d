import ModelChecking

/// An option of a command: what it is called, what it takes, and what its words come to.
///
/// The parser, help, the man page and the completion of shells all read this one declaration, and a
/// command gets the typed value by it: `try arguments[SearchLimits.threads]`.
package struct Option<Value: Sendable>: DeclaredOption {
  package let name: String
  package let shortName: String?
  package let value: ValueWord?
  package let mayRepeat: Bool
  package let help: String
  package private(set) var part = OptionPart.question
  /// The value of all that is given, which is nothing where the option isn't there.
  let read: @Sendable (_ given: [String]) throws(InputError) -> Value
}

/// What an option has to do with what is found.
package enum OptionPart: Sendable {
  /// It says what is asked, so that a command line that asks the same again has it.
  case question
  /// How much may be used for an answer; it has a part in what is found where a limit was reached.
  case limit
  /// How the answer is shown and where it goes.
  case presentation
}

/// What help and completion show of an option, whatever its values are.
package protocol DeclaredOption: Sendable {
  /// With its hyphens: "--threads".
  var name: String { get }
  /// Another name for it: "-h".
  var shortName: String? { get }
  /// What follows the name; nil for a flag.
  var value: ValueWord? { get }
  var mayRepeat: Bool { get }
  /// A sentence without its first capital and its full stop.
  var help: String { get }
  /// Whether a command line that asks the same again has it. That is so unless the declaration says
  /// otherwise, so that none can be forgotten.
  var part: OptionPart { get }
}

extension DeclaredOption {
  package var names: [String] { [name] + (shortName.map { [$0] } ?? []) }
}

extension Option {
  /// The same, as a limit.
  var limiting: Option { with(.limit) }

  /// The same, as something that changes nothing in what is found.
  var presenting: Option { with(.presentation) }

  private func with(_ part: OptionPart) -> Option {
    var option = self
    option.part = part
    return option
  }

  /// An option with one value, or `absent` where it isn't given.
  ///
  /// - Parameter shown: how help calls that value.
  init(
    _ name: String, _ kind: ValueKind<Value>, _ help: String, default absent: Value,
    shownAs shown: String
  ) {
    self.init(
      name: name, shortName: nil, value: kind.word, mayRepeat: false,
      help: "\(help); \(shown) by default",
      read: { given throws(InputError) in
        guard let text = given.last else { return absent }
        return try kind.read(text, name)
      })
  }

  /// An option with one value, or nil where it isn't given.
  ///
  /// - Parameter fallback: what help says is taken then, if there is something to say.
  init<Given: Sendable>(
    _ name: String, _ kind: ValueKind<Given>, _ help: String, otherwise fallback: String? = nil
  ) where Value == Given? {
    self.init(
      name: name, shortName: nil, value: kind.word, mayRepeat: false,
      help: help + (fallback.map { "; \($0) by default" } ?? ""),
      read: { given throws(InputError) in
        guard let text = given.last else { return nil }
        return try kind.read(text, name)
      })
  }

  /// An option that may be given again and again.
  init<Given: Sendable>(
    repeated name: String, _ kind: ValueKind<Given>, _ help: String
  ) where Value == [Given] {
    self.init(
      name: name, shortName: nil, value: kind.word, mayRepeat: true,
      help: "\(help); may be repeated",
      read: { given throws(InputError) in
        try given.map { text throws(InputError) in try kind.read(text, name) }
      })
  }
}

extension Option<Int> {
  init(_ name: String, _ kind: ValueKind<Int>, _ help: String, default absent: Int) {
    self.init(name, kind, help, default: absent, shownAs: "\(absent)")
  }
}

extension Option where Value: RawRepresentable<String> {
  init(_ name: String, _ kind: ValueKind<Value>, _ help: String, default absent: Value) {
    self.init(name, kind, help, default: absent, shownAs: absent.rawValue)
  }
}

extension Option<Bool> {
  /// An option without a value.
  init(flag name: String, short: String? = nil, _ help: String) {
    self.init(
      name: name, shortName: short, value: nil, mayRepeat: false, help: help,
      read: { given throws(InputError) in !given.isEmpty })
  }
}
