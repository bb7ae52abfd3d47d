/// A set of pieces, by their positions in the list that declares them.
public struct PieceSet: OptionSet, Hashable, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The set of one piece.
  public init(piece: Int) { rawValue = 1 << piece }

  /// The most pieces that there may be.
  static let mostPieces = 62

  /// The set of the first `count` pieces, of which there are at most 62.
  public static func first(_ count: Int) -> PieceSet {
    PieceSet(rawValue: (1 << min(max(0, count), mostPieces)) - 1)
  }

  public var count: Int { rawValue.nonzeroBitCount }

  /// The positions of its pieces, ascending.
  public var positions: [Int] {
    (0..<Int.bitWidth - rawValue.leadingZeroBitCount).filter { contains(PieceSet(piece: $0)) }
  }

  /// The sets of each of its pieces.
  var elements: [PieceSet] { positions.map(PieceSet.init(piece:)) }
}
