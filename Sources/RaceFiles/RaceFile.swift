import ModelChecking
import Synchronization

/// A race written in C, in a file: what `straypage check my.race` reads.
///
///     let file = try RaceFile(path: "my.race", contents: bytes)
///     let outcome = try Configuration(file.model).system().search()
///
/// `Docs/RaceFiles.md` is the language's reference. The model's name is the path, by which a command line gets
/// it again.
public struct RaceFile: Sendable {
  /// As it was given.
  public let path: String
  /// What `C NAME` calls it; the file's name where it has no such line.
  public let title: String
  /// The file as a model, for whatever takes one.
  public let model: Model
  let cache: CompilationCache
  /// What it declares outside functions, with all pieces.
  let outline: RaceSyntax

  /// The path that declarations name.
  public var file: String { cache.text.file }
  /// The text in lines, without their ends.
  public var lines: [String] { cache.text.lines }

  /// Longer files are refused.
  public static let largestFile = 1 << 20

  /// The functions that every file knows without declaring them.
  public static var knownFunctions: Set<String> {
    Vocabulary.names.union(Vocabulary.syntax.functions.map(\.name))
  }

  /// Works out the steps of a configuration, which its system is made of.
  ///
  /// - Throws: `InputError` with what only then is known to be wrong, each with its line: a range that can't
  ///   be derived, a variable without a value.
  public func prepare(_ configuration: Configuration) throws(InputError) {
    _ = try cache.race(pieces: pieces(of: configuration), bounds: configuration.bounds.byName)
  }

  /// Whether a name on a command line means a race file.
  public static func isRaceFile(_ name: String) -> Bool {
    name.hasSuffix(".race") || name.hasSuffix(".litmus")
  }

  /// Reads a file: its text, with every variant at the default bounds.
  ///
  /// - Parameters:
  ///   - path: the model's name, and what mistakes are shown with.
  ///   - file: the path from the root, for declarations; the same if nil.
  /// - Throws: `InputError` with every mistake, each with its file, line and column.
  public init(
    path: String, file: String? = nil, contents: [UInt8]
  ) throws(InputError) {
    if contents.count > Self.largestFile {
      throw InputError("'\(path)' has more than \(Self.largestFile) bytes")
    }
    let text = SourceText(path: path, file: file, bytes: contents)
    self = try DeepStack.run { Result { () throws(InputError) in try RaceFile(text) } }.get()
  }

  private init(_ text: SourceText) throws(InputError) {
    path = text.path
    let cache = CompilationCache(text)
    self.cache = cache
    let race = try cache.outline()
    outline = race
    let fileName = path.split(separator: "/").last.map(String.init) ?? path
    title = race.title.flatMap { $0.isEmpty ? nil : $0 } ?? fileName
    model = try RaceModel(path: path, title: title, race, cache).model()
  }
}

extension RaceFile {
  /// What stands for a file that is wrong where others are to be searched all the same.
  ///
  /// - Parameter error: what `init` threw, whose message begins with the path and a line.
  public static func model(of path: String, file: String, brokenBy error: InputError) -> Model {
    let line = Int(error.message.dropFirst(path.count + 1).prefix { $0.isNumber }) ?? 1
    let reason = error.lines.joined(separator: "\n")
    var model = Model(
      name: path, summary: "a file that can't be understood", sources: [path], bounds: [],
      variants: [
        Variant(
          "as-written", "as far as it is understood", source: path, expect: .holds, design: 0,
          file: file, line: line)
      ], file: file, line: line
    ) { system, _, _ in system.reject(reason) }
    model.language = .raceFile
    model.isBroken = true
    return model
  }
}

/// The compiled forms of a file, each made once. What parses or compiles wants a deep stack.
final class CompilationCache: Sendable {
  struct Key: Hashable {
    let pieces: Set<String>
    let bounds: [String: Int]
  }

  let text: SourceText
  private let tokens: [Token]
  private let pieceNames: [String]
  private let lexing: Diagnostics
  private let known = Mutex<[Key: Result<CompiledRace, InputError>]>([:])

  init(_ text: SourceText) {
    self.text = text
    var diagnostics = Diagnostics()
    tokens = Lexer.tokens(of: text, &diagnostics)
    lexing = diagnostics
    pieceNames = Preprocessor.pieces(in: tokens)
  }

  /// What the file declares outside functions, with all pieces.
  func outline() throws(InputError) -> RaceSyntax {
    var diagnostics = lexing
    let race = parse(pieces: Set(pieceNames), &diagnostics)
    if diagnostics.isEmpty, !race.unreachable.isEmpty {
      var own = Diagnostics()
      var names = UnreachableNames(
        tokens, readings: [race, parse(pieces: [], &own)], lineCount: text.lines.count)
      for statement in race.unreachable { names.check(statement) }
      diagnostics.report(contentsOf: names.diagnostics)
    }
    if !diagnostics.isEmpty { throw diagnostics.error(in: text) }
    return race
  }

  private func parse(pieces: Set<String>, _ diagnostics: inout Diagnostics) -> RaceSyntax {
    var preprocessor = Preprocessor(text, pieces: pieceNames, chosen: pieces)
    let kept = preprocessor.run(tokens)
    diagnostics.report(contentsOf: preprocessor.diagnostics)
    return Parser.race(of: text, kept, &diagnostics)
  }

  /// Tells what is wrong with the race with some of its pieces, as it is written.
  ///
  /// - Parameter called: the functions that are called are added to it.
  func check(
    pieces: Set<String>, bounds: [String: Int], called: inout Set<String>,
    _ diagnostics: inout Diagnostics
  ) {
    var own = Diagnostics()
    let race = parse(pieces: pieces, &own)
    if own.isEmpty { RaceCompiler.check(text, race, bounds: bounds, called: &called, &own) }
    diagnostics.report(contentsOf: own)
  }

  /// Tells of functions that look like actors, and nobody runs.
  ///
  /// - Parameter race: with all its pieces.
  func checkUncalled(_ race: RaceSyntax, called: Set<String>, _ diagnostics: inout Diagnostics) {
    var functions = UncalledFunctions(tokens, race)
    functions.check(called)
    diagnostics.report(contentsOf: functions.diagnostics)
  }

  /// The race with some of its pieces.
  ///
  /// - Throws: `InputError` with all that is wrong.
  func race(pieces: Set<String>, bounds: [String: Int]) throws(InputError) -> CompiledRace {
    let key = Key(pieces: pieces, bounds: bounds)
    if let known = known.withLock({ $0[key] }) { return try known.get() }
    let made = DeepStack.run { self.compile(pieces: pieces, bounds: bounds) }
    known.withLock { $0[key] = made }
    return try made.get()
  }

  private func compile(
    pieces: Set<String>, bounds: [String: Int]
  ) -> Result<CompiledRace, InputError> {
    var diagnostics = Diagnostics()
    let race = parse(pieces: pieces, &diagnostics)
    if !diagnostics.isEmpty { return .failure(diagnostics.error(in: text)) }
    if let compiled = RaceCompiler.compile(text, race, bounds: bounds, &diagnostics) {
      return .success(compiled)
    }
    return .failure(diagnostics.error(in: text))
  }
}
