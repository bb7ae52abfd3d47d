import ModelChecking

/// Whose the references of a page are: a ledger beside its count, which any store to the count that knows
/// nothing of others' references, and any reference dropped by who has none, puts out of balance.
public struct ReferenceLedger: Sendable {
  private let count: Field<Int>
  /// Ghost: whether the page's owner has its one reference.
  private let owner: Ghost<Bool>
  /// Ghost: how many references others have.
  private let others: Ghost<Int>

  /// What `balances(_:)` says, as an invariant.
  public static let balances = "every reference to a page is somebody's"

  /// - Parameters:
  ///   - count: the page's reference count.
  ///   - name: the page's name.
  ///   - others: the most references that others may have at a time.
  ///   - ownerHas: whether the owner has its reference at first.
  public init(
    of count: Field<Int>, _ name: String, in system: SystemBuilder, others: Int,
    ownerHas: Bool = true
  ) {
    self.count = count
    owner = system.ghost(
      "\(name).owner_has", .flag, initially: ownerHas)
    self.others = system.ghost(
      "\(name).others_have", .range(0...others), initially: 0)
  }

  /// Whether the count is the number of references that somebody has.
  public func balances(_ s: State) -> Bool {
    s[count] == (s[owner] ? 1 : 0) + s[others]
  }

  /// The owner gets its reference, or drops it. Part of a step's bookkeeping.
  public func noteOwner(has: Bool, _ s: inout Books) {
    s[owner] = has
  }

  /// Somebody else drops a reference. Part of a step's bookkeeping.
  public func noteDropped(_ s: inout Books) { if s[others] > 0 { s[others] -= 1 } }

  /// Where the answer is yes, somebody else gets a reference.
  public func getting(_ condition: Condition) -> Condition {
    condition.noting { s, isTaken in if isTaken { s[others] += 1 } }
  }
}
