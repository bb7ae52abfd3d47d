/// How views are packed: by location a time stamp, each in some bits of an integer.
///
/// A time stamp is a place in the coherence order of the stores to a location, from 0, the oldest that is
/// kept. A view says of each location how new a store somebody has surely seen.
package struct ViewFormat: Sendable {
  /// The widest that a view may be: a field of the state.
  static let mostBits = 62

  /// Bits of a time stamp.
  let width: Int
  private let stampMask: UInt64
  /// Every second time stamp, from the first; so there is room for a carry behind each.
  private let evenMask: UInt64
  private let oddMask: UInt64
  /// The bit behind each time stamp of `evenMask`.
  private let carries: UInt64

  /// - Parameters:
  ///   - count: how many locations, at least 1; `count` times `width` is at most `mostBits`.
  ///   - newest: the highest time stamp.
  package init(count: Int, newest: Int) {
    width = max(1, Int.bitWidth - newest.leadingZeroBitCount)
    stampMask = (1 << UInt64(width)) - 1
    var (even, odd, carries): (UInt64, UInt64, UInt64) = (0, 0, 0)
    for location in 0..<max(1, count) {
      let bits = stampMask << UInt64(location * width)
      if location % 2 == 0 { even |= bits } else { odd |= bits }
      if location % 2 == 0 { carries |= 1 << UInt64((location + 1) * width) }
    }
    (evenMask, oddMask, self.carries) = (even, odd, carries)
  }

  /// The bits of a location.
  func stamps(of location: Int) -> UInt64 { stampMask << UInt64(location * width) }

  package func stamp(of location: Int, in view: UInt64) -> Int {
    Int(truncatingIfNeeded: view &>> UInt64(location &* width) & stampMask)
  }

  /// The view that has seen nothing but one store.
  package func view(of location: Int, at stamp: Int) -> UInt64 {
    UInt64(stamp) &<< UInt64(location &* width)
  }

  /// What two views have seen together: of each location the newer.
  package func join(_ one: UInt64, _ other: UInt64) -> UInt64 {
    if one == other || other == 0 { return one }
    return greater(one & evenMask, other & evenMask, carries)
      | greater((one & oddMask) &>> UInt64(width), (other & oddMask) &>> UInt64(width), carries)
      &<< UInt64(width)
  }

  private func greater(_ one: UInt64, _ other: UInt64, _ carries: UInt64) -> UInt64 {
    // What is left of the bit behind a time stamp says that the first is not less.
    let isNotLess = ((one | carries) &- other) & carries
    let mask = isNotLess &- isNotLess &>> UInt64(width)
    return one & mask | other & ~mask
  }

  /// Of a view what is newer than another; of the rest the oldest.
  func newer(_ one: UInt64, than other: UInt64) -> UInt64 {
    func part(_ one: UInt64, _ other: UInt64) -> UInt64 {
      let isNotLess = ((other | carries) &- one) & carries
      return one & ~(isNotLess &- isNotLess &>> UInt64(width))
    }
    return part(one & evenMask, other & evenMask)
      | part((one & oddMask) &>> UInt64(width), (other & oddMask) &>> UInt64(width))
      &<< UInt64(width)
  }

  /// The view after a store was put before the one of a time stamp.
  func makingRoom(at stamp: Int, of location: Int, in view: UInt64) -> UInt64 {
    self.stamp(of: location, in: view) < stamp
      ? view : view &+ 1 &<< UInt64(location &* width)
  }

  /// The view after the oldest stores to a location are forgotten.
  func forgetting(_ count: Int, of location: Int, in view: UInt64) -> UInt64 {
    view &- UInt64(min(count, stamp(of: location, in: view))) &<< UInt64(location &* width)
  }
}

/// What a store carries: who reads it gets it.
struct Message: Equatable {
  /// What its reader has seen as well, by release.
  var released: UInt64 = 0
  /// What strong fences had made known to every CPU before it.
  var global: UInt64 = 0
  /// Whether nothing may come between it and the store before it: an atomic update read that.
  var isGlued = false
}

/// What one CPU has seen and passes on (Docs/MemoryModels.md has the rules by these names).
struct CPUViews: Equatable {
  /// Its next loads see nothing older.
  var current: UInt64 = 0
  /// What has surely reached it. `current` is never newer.
  var reached: UInt64 = 0
  /// Its own stores and what they carry.
  var own: UInt64 = 0
  /// What its next stores carry.
  var released: UInt64 = 0
  /// What had reached every CPU before its next instruction.
  var global: UInt64 = 0
  /// What had reached it by loads from which it has addresses.
  var addresses: UInt64 = 0
  /// What had reached it at its last unlock.
  var unlocked: UInt64 = 0
}

/// The rules, on views alone.
extension ViewFormat {
  /// A load saw a message. Where others never see how old it is, the location is nil.
  ///
  /// - Parameter earlier: what had reached the CPU by loads that come before the store.
  func load(
    _ message: Message, of location: Int?, at stamp: Int, acquires: Bool, givesAddress: Bool,
    after earlier: UInt64, _ views: inout CPUViews
  ) {
    let seen = location.map { view(of: $0, at: stamp) } ?? 0
    let carried = join(message.released, message.global)
    views.reached = join(views.reached, join(seen, carried))
    views.current = join(views.current, seen)
    views.global = join(views.global, message.global)
    if givesAddress { views.addresses = join(views.addresses, join(seen, carried)) }
    if acquires {
      // Its own loads that come before the store that it saw, come before its later loads.
      views.current = join(views.current, join(carried, earlier))
    }
  }

  /// What a store carries.
  func message(releases: Bool, _ views: CPUViews) -> Message {
    Message(released: releases ? views.reached : views.released, global: views.global)
  }

  /// A store was made.
  func store(_ message: Message, of location: Int?, at stamp: Int, _ views: inout CPUViews) {
    let stored = location.map { view(of: $0, at: stamp) } ?? 0
    views.reached = join(views.reached, stored)
    views.current = join(views.current, stored)
    views.own = join(views.own, join(stored, join(message.released, message.global)))
  }

  /// `smp_mb()`.
  ///
  /// - Parameter fenced: what strong fences have made known to every CPU.
  func fence(_ views: inout CPUViews, _ fenced: inout UInt64) {
    fenced = join(fenced, views.reached)
    views.reached = fenced
    views.current = fenced
    views.released = fenced
    views.global = fenced
  }

  /// `smp_rmb()`.
  func readFence(_ views: inout CPUViews) { views.current = views.reached }

  /// `smp_wmb()`.
  func writeFence(_ views: inout CPUViews) { views.released = join(views.released, views.own) }

  /// A lock was taken, whose word had a message.
  func lock(_ message: Message, after earlier: UInt64, _ views: inout CPUViews) {
    load(message, of: nil, at: 0, acquires: true, givesAddress: false, after: earlier, &views)
    let carried = join(join(message.released, message.global), views.unlocked)
    views.current = join(views.current, carried)
    views.reached = join(views.reached, carried)
    views.released = join(views.released, carried)
  }
}
