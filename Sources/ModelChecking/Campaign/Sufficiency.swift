/// What follows from knowing which sets of pieces suffice.
///
/// Nothing is taken for monotone: a piece may break a set that suffices without it. And where it is
/// not known whether a set suffices, nothing is said that would be wrong if it did, or if it didn't.
///
/// Lists of sets have the smaller ones first.
public struct Sufficiency: Sendable, Equatable {
  /// The sets that suffice.
  public let sufficient: [PieceSet]
  /// The sets of which it is not known.
  public let unknown: [PieceSet]

  /// The sets that suffice while no set inside them does.
  public let minimal: [PieceSet]
  /// The sets that suffice while no set inside them is known to, but one may.
  public let perhapsMinimal: [PieceSet]

  /// The pieces without which no set suffices. If no set may suffice, it is empty.
  public let needed: PieceSet
  /// The pieces that are in no minimal set. If no set may suffice, it is empty.
  public let redundant: PieceSet
  /// The pieces that are in a minimal set while another set suffices without them.
  public let replaceable: PieceSet

  /// For each piece that breaks a set by being added to it, a smallest such set.
  public let breaks: [Break]

  /// A set that suffices, and no longer does with a piece more.
  public struct Break: Sendable, Equatable {
    public let piece: Int
    public let set: PieceSet

    package init(piece: Int, set: PieceSet) {
      self.piece = piece
      self.set = set
    }
  }

  /// - Parameters:
  ///   - pieceCount: the number of pieces.
  ///   - suffices: for each set, at its `rawValue`, whether it suffices; nil where that is not known.
  /// - Complexity: 3 to the power of `pieceCount`.
  public init(pieceCount: Int, suffices: [Bool?]) {
    precondition(suffices.count == 1 << pieceCount, "there is an answer for each set")
    let all = PieceSet.first(pieceCount)
    let sets = all.subsets.sorted { $0.precedes($1) }
    let sufficient = sets.filter { suffices[$0.rawValue] == true }
    // What suffices or may do, and of that what has nothing inside that is known to.
    let candidates = sets.filter { suffices[$0.rawValue] != false }
    let lowest = candidates.filter { set in
      !set.properSubsets.contains { suffices[$0.rawValue] == true }
    }
    let minimal = lowest.filter { set in
      suffices[set.rawValue] == true
        && set.properSubsets.allSatisfy { suffices[$0.rawValue] == false }
    }

    self.sufficient = sufficient
    unknown = sets.filter { suffices[$0.rawValue] == nil }
    self.minimal = minimal
    perhapsMinimal = lowest.filter {
      suffices[$0.rawValue] == true && !minimal.contains($0)
    }
    needed = candidates.isEmpty ? [] : candidates.reduce(all) { $0.intersection($1) }
    redundant =
      candidates.isEmpty ? [] : all.subtracting(PieceSet(lowest.flatMap(\.elements)))
    replaceable = PieceSet(minimal.flatMap(\.elements))
      .subtracting(sufficient.reduce(all) { $0.intersection($1) })
    breaks = (0..<pieceCount).compactMap { number in
      let piece = PieceSet(piece: number)
      return sufficient.first { set in
        !set.contains(piece) && suffices[set.union(piece).rawValue] == false
      }.map { Break(piece: number, set: $0) }
    }
  }

  /// Whether it is known that every set with a sufficient one inside suffices.
  public var isMonotone: Bool { unknown.isEmpty && breaks.isEmpty }
}

extension PieceSet {
  /// Every set inside this one, itself first.
  var subsets: [PieceSet] {
    var subsets = [self]
    while let last = subsets.last, !last.isEmpty {
      subsets.append(PieceSet(rawValue: (last.rawValue - 1) & rawValue))
    }
    return subsets
  }

  /// Every set inside this one but itself.
  var properSubsets: ArraySlice<PieceSet> { subsets.dropFirst() }

  /// The order of lists: smaller sets first; of equal ones those with the pieces declared first.
  func precedes(_ other: PieceSet) -> Bool {
    count == other.count
      ? positions.lexicographicallyPrecedes(other.positions) : count < other.count
  }
}
