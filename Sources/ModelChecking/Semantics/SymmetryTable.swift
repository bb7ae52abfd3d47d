/// What is alike in a system, laid out for the fast search. Worked out once a search, and read by all its
/// workers.
package final class SymmetryTable: @unchecked Sendable {
  // Unchecked: written by `init` only.

  let symmetry: Symmetry
  /// In how many ways the members of all families can be arranged.
  let order: UInt64
  let exchanges: OwnedBuffer<StateExchange>
  let colors: MemberColors
  /// By member and member: the exchange.
  let exchangeNumbers: OwnedBuffer<Int32>
  /// The families: where their members begin; and the end of the last.
  let familyStarts: OwnedBuffer<Int>
  /// By exchange and actor: the actor in whose place it comes.
  let exchangedActors: OwnedBuffer<UInt8>
  /// By exchange and alternative: the alternative in whose place it comes.
  let exchangedAlternatives: OwnedBuffer<Int32>
  let alternativeCount: Int
  /// The exchanges of neighbours, of which all arrangements are made.
  let neighbours: OwnedBuffer<Int32>

  package init(_ symmetry: Symmetry) {
    self.symmetry = symmetry
    order = symmetry.order
    let (members, actors) = (symmetry.memberCount, symmetry.system.actors.count)
    let layout = symmetry.system.layout
    exchanges = OwnedBuffer(count: symmetry.exchanges.count) {
      StateExchange(symmetry.exchanges[$0].action, in: layout)
    }
    colors = MemberColors(symmetry)
    exchangeNumbers = OwnedBuffer(count: members * members) {
      Int32(symmetry.exchangeNumbers[$0 / members][$0 % members])
    }
    familyStarts = OwnedBuffer(symmetry.families.map(\.firstMember) + [members])
    exchangedActors = OwnedBuffer(symmetry.exchanges.flatMap { $0.actors.map(UInt8.init) })
    alternativeCount = symmetry.exchanges[0].alternatives.count
    exchangedAlternatives = OwnedBuffer(
      symmetry.exchanges.flatMap { $0.alternatives.map(Int32.init) })
    neighbours = OwnedBuffer(symmetry.neighbours.map(Int32.init))
    assert(exchangedActors.count == exchanges.count * actors)
    assert(exchangedAlternatives.count == exchanges.count * alternativeCount)
  }
}
