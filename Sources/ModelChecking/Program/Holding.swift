/// How a field says who holds something: a lock, or a section that an actor must leave again.
struct Holding: Sendable, Equatable {
  /// 0, or the number of the holder plus 1; or a bit for each holder; or how deep its own actor is in sections.
  let field: Field<Int>
  /// Which actors have a bit; nil where the field has a number.
  let users: LockUsers?
  /// Of a section, what lockdep calls it; nil for a lock, which is called as its field is.
  let section: String?

  init(_ field: Field<Int>, bitsOf users: LockUsers? = nil) {
    self.field = field
    self.users = users
    section = nil
  }

  /// - Parameter depth: how deep the actor is in sections of that name, which no other actor's steps change.
  init(section: String, depth: Field<Int>) {
    field = depth
    users = nil
    self.section = section
  }

  /// Whether the acting actor holds it.
  func isHeld(in state: RawState) -> Bool {
    if section != nil { return state[field] != 0 }
    if let users { return state[field] & users.bit(of: state.context.pointee.actor) != 0 }
    return state[field] == state.me
  }
}

/// Some actors, as bits by their numbers.
struct LockUsers: Sendable, Equatable {
  private(set) var bits: UInt64 = 0

  mutating func insert(_ actor: Int) { bits |= 1 << UInt64(actor) }
  func contains(_ actor: Int) -> Bool { bits >> UInt64(actor) & 1 != 0 }
  var count: Int { bits.nonzeroBitCount }
  var isEmpty: Bool { bits == 0 }

  /// The place of an actor among those of the set, from 0.
  func position(of actor: Int) -> Int {
    (bits & ((1 << UInt64(actor)) - 1)).nonzeroBitCount
  }

  /// An actor's bit in a field that has one for each of the set; 0 for others.
  func bit(of actor: Int) -> Int { contains(actor) ? 1 << position(of: actor) : 0 }

  /// The actor at a place.
  func member(at position: Int) -> Int {
    var rest = bits
    for _ in 0..<position { rest &= rest &- 1 }
    return rest.trailingZeroBitCount
  }

  /// The actors, by their places.
  var members: [Int] { (0..<64).filter(contains) }

  /// Whether somebody other than an actor is in the set.
  func containsOther(than actor: Int) -> Bool { bits & ~(1 << UInt64(actor)) != 0 }

  func union(_ other: LockUsers) -> LockUsers {
    var copy = self
    copy.bits |= other.bits
    return copy
  }
}
