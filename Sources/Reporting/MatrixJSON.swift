import Foundation
import ModelChecking

extension MatrixReport {
  /// The report for programs: one JSON object, described in Docs/CommandLine.md.
  ///
  /// All of it but `seconds` is the same on every run.
  public func json() throws -> String {
    try JSONEncoder.report.text(MatrixForm(self))
  }
}

/// The shape of the JSON report.
private struct MatrixForm: Encodable {
  let format = 1
  let model: String
  let variant: String
  let memoryModel: MemoryModel
  /// The pieces taken out of the variant; nil where none is.
  let without: [String]?
  let bounds: [String: Int]
  let command: String

  let pieces: [PieceForm]
  let idlePieces: [PieceForm]
  let sets: [SetForm]

  let minimalSets: [[String]]
  let perhapsMinimalSets: [[String]]
  let needed: [String]
  let redundant: [String]
  let replaceable: [String]
  let isMonotone: Bool
  let breaks: [BreakForm]

  let searches: Int
  let states: Int
  let seconds: Double
  let part: Sealed<ShardReport>?

  init(_ report: MatrixReport) throws {
    let (matrix, found) = (report.matrix, report.sufficiency)
    let configuration = matrix.configuration
    model = configuration.model.name
    variant = configuration.variant.name
    memoryModel = configuration.memoryModel
    without = configuration.takenOut.isEmpty ? nil : configuration.takenOutNames
    bounds = configuration.bounds.byName
    command = report.command
    pieces = matrix.pieces.map(PieceForm.init)
    idlePieces = matrix.idlePieces.map(PieceForm.init)
    sets = matrix.rows.reversed().map { SetForm($0, report) }
    minimalSets = found.minimal.map(report.names)
    perhapsMinimalSets = found.perhapsMinimal.map(report.names)
    needed = report.names(found.needed)
    redundant = report.names(found.redundant)
    replaceable = report.names(found.replaceable)
    isMonotone = found.isMonotone
    breaks = found.breaks.map {
      BreakForm(set: report.names($0.set), piece: matrix.pieces[$0.piece].name)
    }
    searches = matrix.searches
    states = matrix.states
    seconds = matrix.seconds
    part = try report.part.map(Sealed.init)
  }

  struct PieceForm: Encodable {
    let name: String
    let summary: String
    let source: String

    init(_ piece: PieceSummary) {
      name = piece.name
      summary = piece.summary
      source = piece.source
    }
  }

  struct SetForm: Encodable {
    let pieces: [String]
    let verdict: String
    let property: String?
    let limit: SearchLimit?
    let error: String?
    let steps: Int?
    let states: Int
    let transitions: Int

    init(_ row: Matrix.Row, _ report: MatrixReport) {
      pieces = report.names(row.set)
      verdict = row.verdict.name
      property = row.property
      limit = row.verdict.limit
      error = row.error
      steps = row.steps
      states = row.states
      transitions = row.transitions
    }
  }

  struct BreakForm: Encodable {
    let set: [String]
    let piece: String
  }
}
