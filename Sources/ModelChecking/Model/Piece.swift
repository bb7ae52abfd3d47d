/// A part of a fix that can be taken out, to see what it is for.
///
///     Piece(
///       "forced-drain", "the drain visits CPUs whose count reads 0", source: "ec6e8c7e0314",
///       without: { $0.forcesDrain = false })
public struct Piece<Design: Sendable>: Sendable {
  let name: String
  let summary: String
  let source: String
  let takeOut: @Sendable (inout Design) -> Void

  /// - Parameters:
  ///   - name: one word with hyphens.
  ///   - summary: what the piece does, in a sentence.
  ///   - source: the mail, commit or release it comes from.
  ///   - takeOut: makes of a design with the piece the one without it. Several pieces are taken out
  ///     in the order of their declaration. A design that lacks the piece stays as it is. Whatever
  ///     is taken out, the system has the same invariants, goals and claims; otherwise nothing is searched.
  public init(
    _ name: String, _ summary: String, source: String,
    without takeOut: @escaping @Sendable (inout Design) -> Void
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.takeOut = takeOut
  }
}

/// A piece as lists show it.
public struct PieceSummary: Sendable, Equatable {
  public let name: String
  public let summary: String
  public let source: String
}
