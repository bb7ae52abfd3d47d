import ModelChecking

/// What `unreachable(...)` is about, as far as the text alone tells: a slip there would account for nothing, and
/// nobody would see it.
struct UnreachableNames: Diagnosing {
  private(set) var diagnostics = Diagnostics()
  /// Every name of the text, whatever the pieces, and of the vocabulary.
  private let words: Set<String>
  private let sentences: Set<String>
  private let actors: Set<String>
  private let functions: Set<String>
  private let lineCount: Int

  /// - Parameters:
  ///   - readings: the race with all its pieces, and with none: pieces add actors and leave some out.
  ///   - lineCount: how many lines the file has.
  init(_ tokens: [Token], readings: [RaceSyntax], lineCount: Int) {
    self.lineCount = lineCount
    words = Self.names(in: tokens).union(Vocabulary.names).union(Vocabulary.namesInText)
    sentences = Set(readings.flatMap(\.properties).map(\.name))
    functions = Set(
      (readings + [Vocabulary.syntax]).flatMap(\.functions).map(\.name))
    actors = Set(readings.flatMap(\.actors).map { $0.name ?? "P\($0.number)" })
  }

  static func names(in tokens: [Token]) -> Set<String> {
    Set(tokens.filter { $0.kind == .name }.map(\.text))
  }

  mutating func check(_ statement: UnreachableSyntax) {
    let isKnown =
      sentences.contains(statement.name) || isActor(statement.name)
      || statement.name.words.allSatisfy(words.contains)
    if !isKnown {
      let unknown = statement.name.words.first { !words.contains($0) } ?? statement.name
      diagnostics.report(
        "nothing here is called '\(unknown)'" + hint(unknown, words.sorted() + actors.sorted()),
        at: statement.spot)
    }
    if let function = statement.function, !functions.contains(function) {
      diagnostics.report(
        "there is no function '\(function)'" + hint(function, functions.sorted()),
        at: statement.spot)
    }
    if let line = statement.line, !(1...lineCount).contains(line) {
      diagnostics.report(
        "there is no line \(line): the file has \(lineCount)", at: statement.spot)
    }
    if let actor = statement.actor, !isActor(actor) {
      diagnostics.report(
        "there is no actor '\(actor)'" + hint(actor, actors.sorted()), at: statement.spot)
    }
  }

  private func isActor(_ name: String) -> Bool {
    actors.contains(name) || actors.contains(name.withoutNumber)
      || actors.contains { $0.withoutNumber == name }
  }
}

extension String {
  /// The names in an expression of C.
  fileprivate var words: [String] {
    split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
      .map(String.init).filter { !($0.first?.isNumber ?? true) }
  }
}
