import ModelChecking

/// A matrix of a fix's pieces, ready to be shown.
public struct MatrixReport: Sendable {
  public let model: String
  public let variant: String
  /// The bounds in the model's order.
  public let bounds: [(name: String, value: Int)]
  public let matrix: Matrix
  /// The command line that finds the same again.
  public let command: String

  let sufficiency: Sufficiency

  public init(model: String, variant: String, bounds: Bounds, matrix: Matrix, command: String) {
    self.model = model
    self.variant = variant
    self.bounds = bounds.values
    self.matrix = matrix
    self.command = command
    sufficiency = matrix.sufficiency
  }

  /// The names of the pieces of a set, in the model's order.
  func names(_ set: PieceSet) -> [String] { set.positions.map { matrix.pieces[$0].name } }
}
