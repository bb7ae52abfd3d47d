import ModelChecking

/// The rows of a matrix as a table.
struct MatrixTable {
  /// What stands for each piece.
  static let letters = (0..<Matrix.mostPieces).map {
    Character(Unicode.Scalar(UInt8(ascii: "a") + UInt8($0)))
  }

  /// The most sets of which all are shown.
  private static let mostRows = 32

  private let matrix: Matrix
  private let shown: [Matrix.Row]
  /// How many of the sets that are not shown had a verdict.
  private let folded: [(verdict: String, count: Int)]
  /// The properties that are violated, in the order of the table.
  private let properties: [String]

  init(_ report: MatrixReport, folds: Bool) {
    matrix = report.matrix
    let rows = report.rows.sorted { Self.isBefore($0.set, $1.set) }
    let count = matrix.pieces.count
    let isShown = { (row: Matrix.Row) in
      !folds || rows.count <= Self.mostRows || row.set.count >= count - 1 || row.set.isEmpty
        || report.sufficiency.minimal.contains(row.set)
    }
    shown = rows.filter(isShown)
    let hidden = rows.filter { !isShown($0) }
    var seen: [String] = []
    for property in shown.compactMap(\.property) + hidden.compactMap(\.property)
    where !seen.contains(property) { seen.append(property) }
    properties = seen
    var counts: [(verdict: String, count: Int)] = []
    for row in hidden {
      let verdict = Self.verdict(row, seen)
      if let index = counts.firstIndex(where: { $0.verdict == verdict }) {
        counts[index].count += 1
      } else {
        counts.append((verdict, 1))
      }
    }
    folded = counts
  }

  /// Larger sets first; of equal ones those that lack the pieces declared first.
  private static func isBefore(_ a: PieceSet, _ b: PieceSet) -> Bool {
    a.count == b.count
      ? b.positions.lexicographicallyPrecedes(a.positions) : a.count > b.count
  }

  func lines(_ width: Int) -> [String] {
    let verdicts = shown.map { Self.verdict($0, properties) }
    let verdictWidth = max(7, verdicts.map(\.count).max() ?? 0)
    let states = shown.map { $0.states.grouped }
    let stateWidth = max(6, states.map(\.count).max() ?? 0)
    let setWidth = max(6, 2 * matrix.pieces.count - 1)
    var lines = [
      "  " + "pieces".padded(to: setWidth) + "  " + "verdict".padded(to: verdictWidth) + "  "
        + "states".leftPadded(to: stateWidth) + "  steps"
    ]
    for (index, row) in shown.enumerated() {
      let steps = row.steps.map { "  " + "\($0)".leftPadded(to: 5) } ?? ""
      lines.append(
        "  " + letters(row.set).padded(to: setWidth) + "  "
          + verdicts[index].padded(to: verdictWidth) + "  "
          + states[index].leftPadded(to: stateWidth) + steps)
    }
    if !folded.isEmpty {
      let counts = folded.map { "\($0.count.grouped) \($0.verdict)" }
      let count = folded.reduce(0) { $0 + $1.count }
      lines += "and \(count.grouped) more (--full): \(counts.joined(separator: ", "))"
        .wrapped(to: width - 2).map { "  " + $0 }
    }
    if !properties.isEmpty { lines.append("") }
    for (index, property) in properties.enumerated() {
      lines += "(\(index + 1)) \(property)".wrapped(to: width - 2).map { "  " + $0 }
    }
    return lines
  }

  /// The letters of the pieces that are there, at their places.
  private func letters(_ set: PieceSet) -> String {
    matrix.pieces.indices.map { piece in
      set.contains(PieceSet(piece: piece)) ? "\(Self.letters[piece])" : "-"
    }.joined(separator: " ")
  }

  private static func verdict(_ row: Matrix.Row, _ properties: [String]) -> String {
    if let limit = row.verdict.limit { return "\(row.verdict.name) (\(limit.rawValue))" }
    let number = row.property.flatMap { properties.firstIndex(of: $0) }
    return row.verdict.name + (number.map { " (\($0 + 1))" } ?? "")
  }
}
