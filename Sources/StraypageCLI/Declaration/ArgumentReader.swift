/// Tells the words after a command apart: options with their values, and operands.
///
/// It knows what is an option and judges nothing, so that what is typed so far can be read as well as
/// what is to be run.
struct ArgumentReader {
  enum Part {
    /// With the value that follows it or stands behind a `=`; of a flag only the latter.
    case option(any DeclaredOption, value: String?)
    /// What looks like an option and isn't declared.
    case unknownOption(String)
    case operand(String)
  }

  private let options: [any DeclaredOption]
  private var rest: ArraySlice<String>
  /// Whether a `--` was met, after which all is operands.
  private(set) var optionsAreOver = false

  init(_ words: some Collection<String>, _ options: [any DeclaredOption]) {
    self.options = options
    rest = Array(words)[...]
  }

  /// The next part; nil at the end.
  mutating func next() -> Part? {
    guard let word = rest.popFirst() else { return nil }
    if optionsAreOver { return .operand(word) }
    if word == "--" {
      optionsAreOver = true
      return next()
    }
    return word.hasPrefix("-") && word != "-" ? part(word) : .operand(word)
  }

  private mutating func part(_ word: String) -> Part {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let option = option(name) else { return .unknownOption(name) }
    if parts.count == 2 { return .option(option, value: String(parts[1])) }
    // An option's name is no value: the value was forgotten.
    let hasValue = option.value != nil && rest.first.map { self.option($0) == nil } ?? false
    return .option(option, value: hasValue ? rest.popFirst() : nil)
  }

  private func option(_ name: String) -> (any DeclaredOption)? {
    options.first { $0.names.contains(name) }
  }
}
