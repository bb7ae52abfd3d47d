import ModelChecking

/// What follows from a matrix, in words.
struct MatrixStatements {
  /// A sentence, or what comes before a colon and the list after it.
  struct Statement: Equatable {
    let title: String
    var items: [String] = []
  }

  private let report: MatrixReport
  private var matrix: Matrix { report.matrix }
  private var found: Sufficiency { report.sufficiency }

  init(_ report: MatrixReport) { self.report = report }

  /// The verdict of the variant as it is, in the report's first line.
  var heading: String {
    let full = matrix.full
    let steps = full.steps.map { " after \($0.of("step"))" } ?? ""
    let pieces =
      switch matrix.pieces.count {
      case 0: "as it is"
      case 1: "with its one piece"
      case let count: "with all \(count) pieces"
      }
    let about = full.property.map { ": \($0)" } ?? ""
    return "\(full.verdict.name.uppercased())\(steps) \(pieces)\(about)"
  }

  var all: [Statement] {
    (matrix.pieces.isEmpty ? [] : sets + pieces + exceptions) + notVaried
  }

  private var sets: [Statement] {
    var statements: [Statement] = []
    if found.sufficient.isEmpty && found.unknown.isEmpty {
      statements.append(Statement(title: "No set of these pieces suffices."))
    }
    if !found.minimal.isEmpty {
      statements.append(
        Statement(
          title: "Sufficient sets, minimal under inclusion:", items: found.minimal.map(listSet)))
    }
    if !found.perhapsMinimal.isEmpty {
      statements.append(
        Statement(
          title: "Sufficient sets, not known to be minimal:",
          items: found.perhapsMinimal.map(listSet)))
    }
    if !found.unknown.isEmpty {
      let sets =
        "\(found.unknown.count.grouped) of "
        + matrix.rows.count.of("set")
      let isPartMissing = matrix.rows.contains { $0.verdict.limit == .otherPart }
      statements.append(
        Statement(
          title: "Not known for \(sets), where "
            + (isPartMissing ? "a part is missing." : "a limit was reached first.")))
    }
    return statements
  }

  private var pieces: [Statement] {
    if found.sufficient.isEmpty && found.unknown.isEmpty { return [] }
    let undecided = PieceSet.first(matrix.pieces.count)
      .subtracting(found.needed).subtracting(found.redundant).subtracting(found.replaceable)
    let isAnyKnown = !found.sufficient.isEmpty
    var statements: [Statement] = []
    if !found.needed.isEmpty || undecided.isEmpty {
      let which = isAnyKnown ? "every sufficient set" : "every set that may suffice"
      statements.append(Statement(title: "Needed in \(which):", items: [list(found.needed)]))
    }
    if !found.redundant.isEmpty || undecided.isEmpty {
      statements.append(
        Statement(
          title: "Redundant, in no minimal sufficient set:", items: [list(found.redundant)]))
    }
    if !found.replaceable.isEmpty {
      statements.append(
        Statement(
          title: "Replaceable, in some minimal sufficient sets and not in others:",
          items: [list(found.replaceable)]))
    }
    if !undecided.isEmpty {
      statements.append(
        Statement(
          title: "Not known to be needed, redundant or replaceable:", items: [list(undecided)]))
    }
    return statements
  }

  /// Where more is less.
  private var exceptions: [Statement] {
    var statements: [Statement] = []
    if !found.breaks.isEmpty {
      statements.append(
        Statement(
          title: "Sets that suffice, and no longer do with a piece more:",
          items: found.breaks.map { broken in
            let row = matrix.rows[broken.set.union(PieceSet(piece: broken.piece)).rawValue]
            let about = row.verdict.property
            return "\(listSet(broken.set)), and then \(matrix.pieces[broken.piece].name): "
              + row.verdict.name + (about.map { ", \($0)" } ?? "")
          }))
    } else if found.isMonotone && !found.sufficient.isEmpty {
      statements.append(
        Statement(title: "Every set that contains a sufficient one suffices, too."))
    }
    return statements
  }

  private var notVaried: [Statement] {
    if matrix.idlePieces.isEmpty { return [] }
    return [
      Statement(
        title: "Not varied, as \(matrix.configuration.variant.name) is the same without:",
        items: [matrix.idlePieces.map(\.name).joined(separator: ", ")])
    ]
  }

  /// The pieces of which something is true.
  private func list(_ pieces: PieceSet) -> String {
    pieces.isEmpty ? "none" : report.names(pieces).joined(separator: ", ")
  }

  private func listSet(_ set: PieceSet) -> String { set.isEmpty ? "(no piece)" : list(set) }

}
