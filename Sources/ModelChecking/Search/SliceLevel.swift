import Synchronization

/// How a schedule best goes on from a state to its target.
struct WayOn: Equatable {
  /// The least number of switches between actors, whoever moves first.
  var switches: Int
  /// The actors that may move first at that cost, a bit each.
  ///
  /// No more need be known of the others: whoever did the step before pays one switch more, and then
  /// one of these goes on.
  var movers: UInt64

  /// Nobody knows a way yet.
  static let none = WayOn(switches: .max, movers: 0)

  /// Where a schedule ends, nobody has to go on.
  static let end = WayOn(switches: 0, movers: .max)

  /// The least number of switches after `actor` did the step before.
  @inline(__always)
  func switches(after actor: Int) -> Int {
    movers &>> UInt64(actor) & 1 != 0 ? switches : switches &+ 1
  }

  /// Takes note of a way that begins with a step of `actor`.
  @inline(__always)
  mutating func add(_ switches: Int, by actor: Int) {
    if switches > self.switches { return }
    movers = (switches == self.switches ? movers : 0) | 1 &<< UInt64(actor)
    self.switches = switches
  }
}

/// The states of one depth that are on a shortest schedule to a target, and how to go on from each.
///
/// Memory: a bit and a quarter for each state of the depth; for each that is on a schedule a bit an
/// actor and a few more, rounded up to bytes. Those rows can be dropped.
final class SliceLevel: @unchecked Sendable {
  // Unchecked: each chunk is set by one thread, before anybody reads it.

  static let chunkSize = FastSearch.chunkSize

  /// Where the level's states are in the store.
  let positions: Range<Int>
  /// Where the schedules end: the level of the target itself.
  let isEnd: Bool

  /// By state, a bit.
  private let marks: OwnedBuffer<UInt64>
  /// By word of `marks`: how many are set in the words before it in its chunk.
  private let ranks: OwnedBuffer<UInt16>
  /// By chunk: the ways on from its states that are marked, one after the other. A row is the movers,
  /// and from bit `actorCount` on the switches above the least of all.
  private let rows: OwnedBuffer<UnsafeMutableRawPointer?>
  private let actorCount: Int
  private let leastSwitches: Int
  private let rowBytes: Int
  private let allBytes = Atomic<Int>(0)

  /// The bits of a row that switches may take: with the bits of a byte before it, a word of 32.
  private static let mostSwitchBits = 25

  /// - Parameter switches: what any state's switches may be.
  /// - Returns: nil where the range is too wide.
  init?(
    _ positions: Range<Int>, actorCount: Int, switches: ClosedRange<Int>, isEnd: Bool = false
  ) {
    self.positions = positions
    self.isEnd = isEnd
    self.actorCount = actorCount
    leastSwitches = switches.lowerBound
    let switchBits = Int.bitWidth - (switches.upperBound - switches.lowerBound).leadingZeroBitCount
    if switchBits > Self.mostSwitchBits { return nil }
    rowBytes = (actorCount + switchBits + 7) / 8
    marks = OwnedBuffer(repeating: 0, count: positions.count / 64 + 1)
    ranks = OwnedBuffer(repeating: 0, count: positions.count / 64 + 1)
    rows = OwnedBuffer(repeating: nil, count: positions.count / Self.chunkSize + 1)
  }

  deinit { dropRows() }

  /// What `marks` and `ranks` take for so many states.
  static func markBytes(states: Int) -> Int { (states / 64 + 1) * 10 }

  /// What the rows take.
  var bytes: Int { allBytes.load(ordering: .relaxed) }

  func dropRows() {
    allBytes.store(0, ordering: .relaxed)
    for chunk in rows.indices {
      rows[chunk]?.deallocate()
      rows[chunk] = nil
    }
  }

  /// Sets the states of a chunk.
  ///
  /// - Parameters:
  ///   - first: the position of the chunk's first state.
  ///   - ways: for each of the chunk's states; `none` if it is on no schedule.
  func set(from first: Int, _ ways: UnsafeBufferPointer<WayOn>) {
    let start = first - positions.lowerBound
    assert(start % Self.chunkSize == 0 && ways.count <= Self.chunkSize)
    var count = 0
    for number in ways.indices {
      let place = (start + number) / 64
      if number % 64 == 0 { ranks[place] = UInt16(count) }
      if ways[number].movers == 0 { continue }
      marks[place] |= 1 << UInt64(number % 64)
      count += 1
    }
    if count == 0 || isEnd { return }
    // What is written and read at once may reach past the last row.
    let byteCount = count * rowBytes + 12
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 8)
    var row = memory
    for way in ways where way.movers != 0 {
      let switches = UInt32(way.switches - leastSwitches)
      // From the first byte on: what spills over is written over by the next.
      row.storeBytes(of: way.movers, as: UInt64.self)
      let place = row + actorCount / 8
      let shared = UInt32(way.movers >> UInt64(actorCount & ~7) & 0xFF)
      place.storeBytes(of: shared | switches << UInt32(actorCount % 8), as: UInt32.self)
      row += rowBytes
    }
    rows[start / Self.chunkSize] = memory
    allBytes.wrappingAdd(byteCount, ordering: .relaxed)
  }

  /// Whether the state at a position is on a shortest schedule.
  @inline(__always)
  func contains(_ position: Int) -> Bool {
    let number = position &- positions.lowerBound
    return marks[number / 64] &>> UInt64(number % 64) & 1 != 0
  }

  /// How to go on from a state that is in the slice; nil where the rows were dropped.
  @inline(__always)
  func way(from position: Int) -> WayOn? {
    assert(contains(position))
    if isEnd { return .end }
    let number = position &- positions.lowerBound
    let word = number / 64
    guard let memory = rows[number / Self.chunkSize] else { return nil }
    let before = marks[word] & ((1 &<< UInt64(number % 64)) &- 1)
    let row = memory + (Int(ranks[word]) &+ before.nonzeroBitCount) &* rowBytes
    let movers = row.loadUnaligned(as: UInt64.self) & ((1 &<< UInt64(actorCount)) &- 1)
    let rest = (row + actorCount / 8).loadUnaligned(as: UInt32.self) &>> UInt32(actorCount % 8)
    let switchBits = UInt32(rowBytes &* 8 &- actorCount)
    return WayOn(
      switches: leastSwitches &+ Int(rest & ((1 &<< min(31, switchBits)) &- 1)), movers: movers)
  }
}
