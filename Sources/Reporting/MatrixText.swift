import Foundation
import ModelChecking

extension MatrixReport {
  /// The report as people read it: the verdict, the pieces, the table, what follows from it in words. Of a part of
  /// the searches it has the table alone.
  ///
  /// All of it but the line with the seconds is the same on every run.
  ///
  /// - Parameter style: its width, and whether it folds. If it does, a table of more than 32 sets
  ///   has rows for those that lack at most one piece, the minimal ones that suffice, and the empty
  ///   one; the others are counted.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let width = style.width
    let statements = MatrixStatements(self)
    var lines = [matrix.configuration.name.shown(), ""]
    lines += part.map { _ in [] } ?? (statements.heading.wrapped(to: width) + [""])
    if !matrix.pieces.isEmpty {
      lines += legend(width) + [""] + MatrixTable(self, folds: style.folds).lines(width) + [""]
    }
    for statement in part == nil ? statements.all : [] {
      lines += statement.title.wrapped(to: width)
      lines += statement.items.flatMap { item in
        item.wrapped(to: width - 4).enumerated().map { ($0 == 0 ? "  " : "    ") + $1 }
      }
    }
    for row in matrix.rows.reversed() {
      guard let error = row.error else { continue }
      let names = names(row.set)
      lines += [
        "",
        "No verdict with " + (names.isEmpty ? "none" : names.joined(separator: ", ").shown()) + ":",
      ]
      lines += error.split(separator: "\n").map { "  \(String($0).shown())" }
    }
    if lines.last != "" { lines.append("") }
    lines += [
      [
        rows.count.of("set"),
        matrix.searches == 1 ? "1 search" : "\(matrix.searches.grouped) searches",
        matrix.states.of("state"),
      ].joined(separator: ", "),
      String(format: "%.3f s, all searches together", matrix.seconds),
    ]
    if let part {
      let others = part.checks - matrix.searches
      let searches = others == 1 ? "1 search" : "\(others.grouped) searches"
      lines.append("This is \(part.shard); the others have \(searches).")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A letter for each piece, with what it is.
  private func legend(_ width: Int) -> [String] {
    let nameWidth = matrix.pieces.map { $0.name.shown().count }.max() ?? 0
    let indent = String(repeating: " ", count: nameWidth + 7)
    return zip(MatrixTable.letters, matrix.pieces).flatMap { letter, piece in
      let name = piece.name.shown().padded(to: nameWidth)
      let lines = piece.summary.wrapped(to: max(20, width - indent.count))
      return ["  \(letter)  \(name)  \(lines.first ?? "")"] + lines.dropFirst().map { indent + $0 }
    }
  }
}
