/// Some of the accesses that may race, a bit each.
typealias AccessBits = SIMD4<UInt64>

extension SIMD4<UInt64> {
  /// The most accesses that are told apart.
  static let mostAccesses = wordCount * width
  static let wordCount = 4
  /// Of each word as much as a field of the state has.
  static let width = ViewFormat.mostBits

  init(_ access: Int) {
    self = .zero
    self[access / Self.width] = 1 << UInt64(access % Self.width)
  }

  var isEmpty: Bool { self == .zero }

  func contains(_ access: Int) -> Bool {
    self[access / Self.width] >> UInt64(access % Self.width) & 1 != 0
  }

  var accesses: [Int] {
    (0..<Self.wordCount).flatMap { word in self[word].setBits.map { word * Self.width + $0 } }
  }
}

/// Accesses that were made and come before something, as linux-kernel.cat orders accesses.
struct OrderedAccesses: Equatable {
  /// Stores that are visible there: `vis`.
  var visible = AccessBits.zero
  /// The same of those behind which a strong fence came: they are so to whatever comes behind that.
  var global = AccessBits.zero
  /// Accesses that are over there: `xbstar`.
  var executed = AccessBits.zero

  /// The stores that are visible there.
  var seen: AccessBits { visible | global }

  var isEmpty: Bool { visible.isEmpty && global.isEmpty && executed.isEmpty }

  mutating func formUnion(_ other: OrderedAccesses) {
    global |= other.global
    visible = (visible | other.visible) & ~global
    executed |= other.executed
  }

  func union(_ other: OrderedAccesses) -> OrderedAccesses {
    var both = self
    both.formUnion(other)
    return both
  }

  mutating func formIntersection(_ other: OrderedAccesses) {
    visible &= other.visible
    global &= other.global
    executed &= other.executed
  }

  /// Without what is ordered before two others.
  mutating func subtract(_ one: OrderedAccesses, and other: OrderedAccesses) {
    visible &= ~(one.seen & other.seen)
    global &= ~(one.global & other.global)
    executed &= ~(one.executed & other.executed)
  }
}

/// What comes before the next accesses of one CPU (Docs/MemoryModels.md has the rules by these names).
struct CPUOrder: Equatable {
  /// Before its next loads; and before its next plain stores.
  var loads = OrderedAccesses()
  var stores = OrderedAccesses()
  /// Before its marked loads until now, and before its marked stores.
  var loaded = OrderedAccesses()
  var stored = OrderedAccesses()
  /// Before its loads of pointers and indices.
  var addresses = OrderedAccesses()
  /// Before its last unlock.
  var unlocked = OrderedAccesses()
  /// Its own plain accesses, behind which no fence came.
  var pending = OrderedAccesses()
  /// Stores that its own stores carry, and those that its next ones will.
  var own = AccessBits.zero
  var released = AccessBits.zero

  mutating func formIntersection(_ accesses: OrderedAccesses) {
    loads.formIntersection(accesses)
    stores.formIntersection(accesses)
    loaded.formIntersection(accesses)
    stored.formIntersection(accesses)
    addresses.formIntersection(accesses)
    unlocked.formIntersection(accesses)
    pending.formIntersection(accesses)
    own &= accesses.visible
    released &= accesses.visible
  }

  /// Before anything that it has done, its plain accesses apart.
  var all: OrderedAccesses { loads.union(stores).union(loaded).union(stored) }

  // MARK: The rules

  /// A marked load saw what a marked store carries.
  ///
  /// - Parameters:
  ///   - execution: its own bit, if it has one.
  /// - Returns: what is ordered before it.
  @discardableResult
  mutating func load(
    _ message: OrderedAccesses, _ execution: AccessBits, acquires: Bool, usesAddress: Bool,
    givesAddress: Bool
  ) -> OrderedAccesses {
    var known = loads.union(message)
    if usesAddress { known.formUnion(addresses) }
    loaded.formUnion(known)
    loaded.executed |= execution
    if acquires {
      loads.formUnion(known)
      stores.formUnion(known)
    }
    if givesAddress { addresses.formUnion(known) }
    return known
  }

  /// A plain access was made: it may come at any time until the next fence.
  mutating func access(_ accesses: OrderedAccesses) { pending.formUnion(accesses) }

  /// A marked store is made. No load is moved past it, as there is no load buffering, but a plain one is.
  ///
  /// - Parameters:
  ///   - mark: its own bit.
  ///   - read: what the store carries that an atomic update read, which is passed on.
  /// - Returns: what it carries.
  mutating func store(
    _ mark: AccessBits, releases: Bool, after read: OrderedAccesses? = nil
  ) -> OrderedAccesses {
    var known = stores.union(loaded)
    var message = OrderedAccesses(visible: released | (read?.visible ?? .zero))
    if releases {
      known = all.union(pending)
      message.visible |= known.visible | own
    }
    message.visible |= mark
    message.global = known.global
    message.executed = known.executed
    message.visible &= ~message.global
    stored.formUnion(known)
    stored.formUnion(message)
    own |= message.visible
    return message
  }

  /// `smp_rmb()`: of loads alone, plain ones too, as the first access of two.
  mutating func readFence() {
    loads.formUnion(loaded)
    loads.executed |= pending.executed
  }

  /// `smp_wmb()`: of stores alone.
  mutating func writeFence() {
    stores.formUnion(stored)
    stores.visible |= pending.visible & ~stores.global
    released |= own | pending.visible
  }

  /// Whatever has come before comes before all that follows, on every CPU whose strong fence comes later.
  ///
  /// - Parameter executed: what others have done.
  mutating func fence(_ executed: AccessBits, _ fenced: inout OrderedAccesses) {
    var known = all.union(pending)
    known.global |= known.visible | own | released
    known.visible = .zero
    known.executed |= executed
    fenced.formUnion(known)
    self = CPUOrder(loads: fenced, stores: fenced)
  }

  /// A lock was taken, whose word carries that.
  ///
  /// - Parameter seen: what it has seen by loads that come before that.
  mutating func lock(_ message: OrderedAccesses, _ seen: AccessBits) {
    let known = message.union(OrderedAccesses(visible: seen))
    load(known, .zero, acquires: true, usesAddress: false, givesAddress: false)
    loads.formUnion(unlocked)
    stores.formUnion(unlocked)
    released |= message.visible | unlocked.visible
  }

  mutating func unlock() { unlocked = all.union(pending) }

  /// What comes before a grace period comes before all that follows.
  mutating func learn(_ known: OrderedAccesses) {
    loads.formUnion(known)
    stores.formUnion(known)
  }

  // MARK: One form for what is the same

  /// Leaves out what makes no difference, as it is known elsewhere.
  mutating func normalize() {
    loaded.subtract(loads, and: stores)
    stored.subtract(stores, and: stores)
    addresses.subtract(loads, and: stores)
    let carried = released | (loads.global & stores.global)
    let visible = unlocked.visible & ~carried
    unlocked.subtract(loads, and: stores)
    unlocked.visible |= visible
    own &= ~released
  }
}
