import ModelChecking

/// A matrix of a fix's pieces, ready to be shown.
public struct MatrixReport: Sendable {
  public let matrix: Matrix
  /// The command line that finds the same again.
  public let command: String

  let sufficiency: Sufficiency

  public init(_ matrix: Matrix, command: String) {
    self.matrix = matrix
    self.command = command
    sufficiency = matrix.sufficiency
  }

  /// The names of the pieces of a set, in the model's order.
  func names(_ set: PieceSet) -> [String] { set.positions.map { matrix.pieces[$0].name } }
}
