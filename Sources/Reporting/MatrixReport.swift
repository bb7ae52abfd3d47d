import ModelChecking

/// A matrix of a fix's pieces, ready to be shown.
public struct MatrixReport: Sendable {
  public let matrix: Matrix
  /// The command line that finds the same again.
  public let command: String

  /// Where other runs have the other searches: what this one came to.
  public var part: ShardReport?

  let sufficiency: Sufficiency

  public init(_ matrix: Matrix, command: String) {
    self.matrix = matrix
    self.command = command
    sufficiency = matrix.sufficiency
  }

  /// The sets that are told of: of a part those that it searched.
  var rows: [Matrix.Row] {
    matrix.rows.filter { part == nil || $0.verdict.limit != .otherPart }
  }

  /// The names of the pieces of a set, in the model's order.
  func names(_ set: PieceSet) -> [String] { set.positions.map { matrix.pieces[$0].name } }
}
