import ModelChecking

/// Something that is wrong with a race file, and where.
struct Diagnostic: Hashable, Sendable {
  let spot: Spot
  /// A sentence without its first capital and its full stop: what is wrong, and what to write instead.
  let message: String
}

/// What is wrong with a file, each thing once.
struct Diagnostics: Sendable {
  /// More than this many are counted only.
  static let most = 20
  /// More than this many are not counted.
  private static let mostCounted = 1_000
  /// Longer messages are cut, in characters.
  private static let longest = 400

  private(set) var found: [Diagnostic] = []
  private var known: Set<Diagnostic> = []

  var isEmpty: Bool { found.isEmpty }
  /// Whether what else is wrong is only counted.
  var isFull: Bool { found.count >= Self.most }

  mutating func report(_ message: String, at spot: Spot) {
    let diagnostic = Diagnostic(spot: spot, message: message)
    if known.count < Self.mostCounted && known.insert(diagnostic).inserted
      && found.count < Self.most
    {
      found.append(diagnostic)
    }
  }

  mutating func report(contentsOf other: Diagnostics) {
    for diagnostic in other.found { report(diagnostic.message, at: diagnostic.spot) }
    // Others are only counted, so their order is nothing.
    known.formUnion(other.known)
  }

  /// The error that tells all of them, in the order of the text.
  func error(in text: SourceText) -> InputError {
    var lines: [String] = []
    let sorted = found.enumerated().sorted {
      ($0.element.spot.start, $0.offset) < ($1.element.spot.start, $1.offset)
    }
    for diagnostic in sorted.prefix(Self.most).map(\.element) {
      let place = min(diagnostic.spot.start, text.bytes.count)
      let line = text.line(of: place)
      let column = text.column(of: place)
      lines.append(
        "\(text.path):\(line):\(column): \(diagnostic.message.abridged(to: Self.longest))")
      lines += Self.excerpt(
        text.text(ofLine: line), column: column, length: diagnostic.spot.end - place)
    }
    let rest = known.count - found.count
    if rest > 0 {
      let number = known.count >= Self.mostCounted ? "\(rest) or more" : "\(rest)"
      lines.append("and \(number) more like these")
    }
    return InputError(ofFile: lines)
  }

  /// The line, and a caret under the place. Long lines are cut around it.
  private static func excerpt(_ line: String, column: Int, length: Int) -> [String] {
    let characters = Array(line.utf8.map { $0 == 9 || $0 == 13 ? UInt8(32) : $0 })
    let first = max(0, column - 1 - 60)
    let shown = characters.dropFirst(first).prefix(96)
    if shown.allSatisfy({ $0 == 32 }) { return [] }
    let offset = column - 1 - first
    let width = max(1, min(length, shown.count - offset))
    return [
      "  " + String(decoding: shown, as: UTF8.self),
      "  " + String(repeating: " ", count: max(0, offset)) + "^"
        + String(repeating: "~", count: max(0, width - 1)),
    ]
  }
}

extension String {
  /// The beginning of a text that is too long to be read.
  fileprivate func abridged(to length: Int) -> String {
    count > length ? prefix(length) + " .." : self
  }
}

/// What notes mistakes.
protocol Diagnosing {
  var diagnostics: Diagnostics { get }
}

extension Diagnosing {
  /// "; did you mean 'x'?" where something of that name is near, of a mistake that will be shown.
  func hint(_ name: String, _ known: @autoclosure () -> [String]) -> String {
    diagnostics.isFull ? "" : nearestHint(name, known())
  }
}

/// More names are not compared.
private let mostCompared = 2_000

/// "; did you mean 'x'?" where something of that name is near.
func nearestHint(_ name: String, _ known: [String]) -> String {
  nearestName(to: name, among: Array(known.prefix(mostCompared)))
    .map { "; did you mean '\($0)'?" } ?? ""
}
