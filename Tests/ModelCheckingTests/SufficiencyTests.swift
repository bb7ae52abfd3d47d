import Testing

import ModelChecking

@Suite("What follows from which sets of pieces suffice")
struct SufficiencyTests {
  /// The sets listed suffice or are unknown; the others don't suffice.
  private func sufficiency(
    of pieceCount: Int, sufficient: [[Int]], unknown: [[Int]] = []
  ) -> Sufficiency {
    var answers = [Bool?](repeating: false, count: 1 << pieceCount)
    for set in sufficient { answers[Self.set(set).rawValue] = true }
    for set in unknown { answers[Self.set(set).rawValue] = nil }
    return Sufficiency(pieceCount: pieceCount, suffices: answers)
  }

  private static func set(_ pieces: [Int]) -> PieceSet {
    PieceSet(pieces.map(PieceSet.init(piece:)))
  }

  @Test("one minimal set: its pieces are needed, the others redundant")
  func oneWay() {
    let found = sufficiency(of: 3, sufficient: [[0, 2], [0, 1, 2]])
    #expect(found.minimal == [Self.set([0, 2])])
    #expect(found.needed == Self.set([0, 2]))
    #expect(found.redundant == Self.set([1]))
    #expect(found.replaceable == [])
    #expect(found.isMonotone)
  }

  @Test("two minimal sets: what they share is needed, the rest replaceable")
  func twoWays() {
    let found = sufficiency(
      of: 4,
      sufficient: [[0, 1], [0, 2], [0, 1, 2], [0, 1, 3], [0, 2, 3], [0, 1, 2, 3]])
    #expect(found.minimal == [Self.set([0, 1]), Self.set([0, 2])])
    #expect(found.needed == Self.set([0]))
    #expect(found.replaceable == Self.set([1, 2]))
    #expect(found.redundant == Self.set([3]))
    #expect(found.isMonotone)
  }

  @Test("a set may suffice although a larger one doesn't, and the other way round again")
  func notMonotone() {
    // The empty set suffices, one piece breaks it, and a second mends that.
    let found = sufficiency(of: 2, sufficient: [[], [0, 1]])
    #expect(found.minimal == [[]])
    #expect(found.needed == [])
    #expect(found.redundant == Self.set([0, 1]))
    #expect(found.breaks == [.init(piece: 0, set: []), .init(piece: 1, set: [])])
    #expect(!found.isMonotone)
  }

  @Test("a set with none directly below it may still have a smaller one inside")
  func minimalIsNotLocal() {
    let found = sufficiency(of: 3, sufficient: [[0], [0, 1, 2]])
    #expect(found.minimal == [Self.set([0])])
    #expect(found.redundant == Self.set([1, 2]))
  }

  @Test("where no set suffices, no piece is called needed or redundant")
  func noWay() {
    let found = sufficiency(of: 2, sufficient: [])
    #expect(found.minimal == [] && found.needed == [] && found.redundant == [])
  }

  @Test("an unknown set leaves open what depends on it, and nothing else")
  func unknown() {
    let found = sufficiency(of: 3, sufficient: [[0, 1], [0, 1, 2]], unknown: [[0]])
    #expect(found.minimal == [])
    #expect(found.perhapsMinimal == [Self.set([0, 1])])
    #expect(found.needed == Self.set([0]))
    #expect(found.redundant == Self.set([2]))
    #expect(found.replaceable == [])
    #expect(!found.isMonotone)
  }

  /// What is true of one table without unknowns, straight from the definitions.
  private struct Truth {
    let minimal: Set<PieceSet>
    let needed: PieceSet
    let inMinimal: PieceSet

    init(pieceCount: Int, sufficient: Set<PieceSet>) {
      minimal = sufficient.filter { set in
        !sufficient.contains { $0 != set && $0.isSubset(of: set) }
      }
      let all = (0..<pieceCount).map(PieceSet.init(piece:))
      needed = PieceSet(all.filter { piece in sufficient.allSatisfy { $0.contains(piece) } })
      let minimal = minimal
      inMinimal = PieceSet(all.filter { piece in minimal.contains { $0.contains(piece) } })
    }
  }

  @Test(
    "what is said is what is true however the unknown sets turn out, for every table",
    arguments: 0...3)
  func everyTable(pieceCount: Int) {
    let sets = (0..<1 << pieceCount).map(PieceSet.init(rawValue:))
    let tables = sets.reduce([[Bool?]]()) { tables, _ in
      (tables.isEmpty ? [[]] : tables).flatMap { table in [true, false, nil].map { table + [$0] } }
    }
    for table in tables {
      let found = Sufficiency(pieceCount: pieceCount, suffices: table)
      let truths = completions(of: table).map { answers in
        Truth(
          pieceCount: pieceCount, sufficient: Set(sets.filter { answers[$0.rawValue] }))
      }
      let mayAny = table.contains { $0 != false }
      for set in sets {
        let isMinimal = truths.map { $0.minimal.contains(set) }
        #expect(found.minimal.contains(set) == isMinimal.allSatisfy { $0 })
        #expect(
          found.perhapsMinimal.contains(set)
            == (table[set.rawValue] == true && isMinimal.contains(true)
              && isMinimal.contains(false)))
      }
      for piece in (0..<pieceCount).map(PieceSet.init(piece:)) where mayAny {
        #expect(found.needed.contains(piece) == truths.allSatisfy { $0.needed.contains(piece) })
        #expect(
          found.redundant.contains(piece) == truths.allSatisfy { !$0.inMinimal.contains(piece) })
        if found.replaceable.contains(piece) {
          #expect(
            truths.allSatisfy { $0.inMinimal.contains(piece) && !$0.needed.contains(piece) })
        }
      }
    }
  }

  /// Every way in which the unknown answers may turn out.
  private func completions(of table: [Bool?]) -> [[Bool]] {
    table.reduce([[]]) { completions, answer in
      completions.flatMap { done in
        (answer.map { [$0] } ?? [true, false]).map { done + [$0] }
      }
    }
  }
}
