/// What each step was seen to do, by the values of the fields that it looks at.
///
/// A step sees a few fields of a state, and the same values in them always lead to the same change.
/// So the change is remembered in a table by those values, and the step function, its guard and the
/// questions about registers run only for what is not in the table yet. After some thousands of
/// states most steps are one lookup and one exclusive or. (Caching of local transitions: Blom, van
/// de Pol, Weber, "LTSmin: Distributed and Symbolic Reachability", CAV 2010. There the model's
/// author says what a step depends on; here it is watched.)
///
/// Why that is sound: an entry is made from a run under watch, which tells every field that was read
/// or written. All of them are part of the table's key, so any state with the same key would have
/// led the step through the same reads to the same writes. Where a run touches a field that is not
/// part of the key, the table is thrown away and begun again with a key that has it. Steps that
/// raise a fault are never remembered.
///
/// Each worker has a cache of its own, so nothing is shared. Up to `mostDenseBits` a key is the
/// number of its entry; a longer one is hashed to an entry, which says whose it is.
struct TransitionCache {
  /// What is remembered of one alternative.
  struct Memo {
    /// By key: the changes of the words in `changedWords`, to be made by exclusive or, or else
    /// `disabled` or `unknown` in place of the first; nil while nothing is remembered.
    var entries: UnsafeMutablePointer<UInt64>?
    /// The same where a state is one word and the key one run of bits, which is the quickest way.
    var simpleEntries: UnsafeMutablePointer<UInt64>?
    /// Where the bits of the key come from.
    var firstRun = Run()
    var moreRuns: UnsafeMutablePointer<Run>?
    var moreRunCount = 0
    var changedWords: UnsafeMutablePointer<Int>?
    var changedWordCount = 0
    /// The words of an entry: the changes and, if the key is hashed, the key.
    var stride = 0
    var isHashed = false
    var entryCount = 0
  }

  /// What a table is made by.
  private struct History {
    /// How often the step function ran for want of an entry.
    var misses: UInt32 = 0
    /// Whether its table would be too large.
    var isGivenUp = false
    /// The bits that the step was ever seen to read and to write.
    var seen = Footprint()
  }

  /// Some bits of the state, as a mask for each word.
  struct Footprint: Equatable {
    var reads: [UInt64] = []
    var writes: [UInt64] = []

    func union(_ other: Footprint) -> Footprint {
      if other.reads.isEmpty { return self }
      return Footprint(
        reads: zip(reads, other.reads).map { $0 | $1 },
        writes: zip(writes, other.writes).map { $0 | $1 })
    }
  }

  /// Neighbouring bits of a word, and where they go in a key.
  struct Run {
    var word = 0
    var rotation: UInt64 = 0
    var mask: UInt64 = 0

    @inline(__always)
    func part(of word: UInt64) -> Int {
      Int(truncatingIfNeeded: (word &>> rotation | word &<< (0 &- rotation)) & mask)
    }
  }

  /// In place of a change: the step is not enabled, and the key was not seen yet. No change has so
  /// many bits: those of the key, and those of the actor's counter.
  static let disabled = UInt64.max
  static let unknown = UInt64.max - 1

  /// The widest key that is the number of its entry, and so the most entries.
  private static let mostDenseBits = 12

  /// The widest key at all, so that `unknown` and `disabled` can't be changes.
  private static let mostKeyBits = 48

  let memos: UnsafeMutableBufferPointer<Memo>
  private let histories: UnsafeMutableBufferPointer<History>
  private let table: StepTable
  private let interval: UInt32
  /// Bytes of entries that may still be made.
  private let room: UnsafeMutablePointer<Int>

  /// - Parameters:
  ///   - bytes: the most that the entries may take together.
  ///   - interval: every so many misses the step runs under watch; a power of two. Watching costs
  ///     some fifty times as much as running, so with 64 it never more than doubles the cost of a
  ///     step whose values hardly ever repeat.
  init(_ table: StepTable, bytes: Int, interval: Int) {
    self.table = table
    room = .allocate(capacity: 1)
    room.initialize(to: bytes)
    self.interval = UInt32(interval)
    memos = .allocate(capacity: table.alternatives.count)
    memos.initialize(repeating: Memo())
    histories = .allocate(capacity: table.alternatives.count)
    histories.initialize(repeating: History())
  }

  func deallocate() {
    for memo in memos { Self.release(memo) }
    memos.deallocate()
    histories.deinitialize()
    histories.deallocate()
    room.deallocate()
  }

  private static func release(_ memo: Memo) {
    memo.entries?.deallocate()
    memo.moreRuns?.deallocate()
    memo.changedWords?.deallocate()
  }

  /// Notes that a step function must run, and tells whether it should run under watch.
  @inline(__always)
  func missed(_ alternative: Int) -> Bool {
    let history = histories.baseAddress! + alternative
    history.pointee.misses &+= 1
    return history.pointee.misses & (interval &- 1) == 0 && !history.pointee.isGivenUp
  }

  /// The entry for a state; nil where it is another state's.
  @inline(__always)
  static func entry(
    of memo: UnsafePointer<Memo>, _ entries: UnsafeMutablePointer<UInt64>,
    for state: UnsafePointer<UInt64>
  ) -> UnsafeMutablePointer<UInt64>? {
    let key = key(of: memo, in: state)
    if !memo.pointee.isHashed { return entries + key &* memo.pointee.stride }
    let entry = entries + place(of: key) &* memo.pointee.stride
    return entry[memo.pointee.changedWordCount] == UInt64(truncatingIfNeeded: key) ? entry : nil
  }

  @inline(__always)
  private static func key(of memo: UnsafePointer<Memo>, in state: UnsafePointer<UInt64>) -> Int {
    var key = memo.pointee.firstRun.part(of: state[memo.pointee.firstRun.word])
    for number in 0..<memo.pointee.moreRunCount {
      let run = memo.pointee.moreRuns.unsafelyUnwrapped + number
      key |= run.pointee.part(of: state[run.pointee.word])
    }
    return key
  }

  /// The number of the entry of a hashed key.
  @inline(__always)
  private static func place(of key: Int) -> Int {
    let hash = UInt64(truncatingIfNeeded: key) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: hash &>> UInt64(64 - mostDenseBits))
  }

  /// Remembers what came of a step that ran under watch.
  ///
  /// - Parameters:
  ///   - before: the state the step ran in.
  ///   - after: the state it led to; nil if it was not enabled.
  ///   - footprint: all that was read or written, the actor's own counter apart.
  func remember(
    _ alternative: Int, before: UnsafePointer<UInt64>, after: UnsafePointer<UInt64>?,
    _ footprint: Footprint
  ) {
    let memo = memos.baseAddress! + alternative
    let all = footprint.union(histories[alternative].seen)
    if memo.pointee.entries == nil || all != histories[alternative].seen {
      histories[alternative].seen = all
      memo.pointee = remade(memo.pointee, all, counterOf: alternative)
      histories[alternative].isGivenUp = memo.pointee.entries == nil
    }
    guard let entries = memo.pointee.entries else { return }
    let key = Self.key(of: memo, in: before)
    let place = memo.pointee.isHashed ? Self.place(of: key) : key
    let entry = entries + place * memo.pointee.stride
    if memo.pointee.isHashed { entry[memo.pointee.changedWordCount] = UInt64(key) }
    guard let after else {
      entry[0] = Self.disabled
      return
    }
    for number in 0..<memo.pointee.changedWordCount {
      let word = memo.pointee.changedWords![number]
      entry[number] = before[word] ^ after[word]
    }
  }

  /// A memo with an empty table for a wider footprint; without one where it would be too large.
  private func remade(_ old: Memo, _ seen: Footprint, counterOf alternative: Int) -> Memo {
    if old.entries != nil {
      room.pointee += old.entryCount * old.stride * 8
      Self.release(old)
    }
    let counter = table.actors[table.moves[alternative].actor].counter
    var changes = seen.writes
    changes[counter.word] |= counter.mask << counter.shift
    // A step that was never seen to change anything has an entry all the same.
    let changed = changes.indices.filter { changes[$0] != 0 }
    let words = changed.isEmpty ? [0] : changed
    let runs = Self.runs(of: seen)
    let keyBits = runs.reduce(0) { $0 + $1.mask.nonzeroBitCount }
    var memo = Memo()
    memo.changedWordCount = words.count
    memo.isHashed = keyBits > Self.mostDenseBits
    memo.stride = words.count + (memo.isHashed ? 1 : 0)
    memo.entryCount = 1 << min(keyBits, Self.mostDenseBits)
    let size = memo.entryCount * memo.stride
    if keyBits > Self.mostKeyBits || size * 8 > room.pointee { return Memo() }
    room.pointee -= size * 8
    memo.firstRun = runs.first ?? Run()
    memo.moreRunCount = max(0, runs.count - 1)
    memo.moreRuns = Self.array(runs.dropFirst())
    memo.changedWords = Self.array(words[...])
    memo.entries = .allocate(capacity: size)
    memo.entries!.initialize(repeating: Self.unknown, count: size)
    if table.wordCount == 1 && runs.count <= 1 && !memo.isHashed {
      memo.simpleEntries = memo.entries
    }
    return memo
  }

  /// The bits of a footprint in runs of neighbours, one after the other in the key.
  private static func runs(of footprint: Footprint) -> [Run] {
    var runs: [Run] = []
    var place = 0
    for (word, bits) in zip(footprint.reads, footprint.writes).map({ $0 | $1 }).enumerated() {
      var rest = bits
      while rest != 0 {
        let first = rest.trailingZeroBitCount
        let length = (~(rest >> UInt64(first))).trailingZeroBitCount
        let ones: UInt64 = length == 64 ? .max : (1 << UInt64(length)) - 1
        runs.append(
          Run(word: word, rotation: UInt64((64 + first - place) % 64), mask: ones << UInt64(place)))
        rest &= ~(ones << UInt64(first))
        place += length
      }
    }
    return runs
  }

  private static func array<Element>(
    _ elements: ArraySlice<Element>
  ) -> UnsafeMutablePointer<Element> {
    let array = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    for (number, element) in elements.enumerated() { (array + number).initialize(to: element) }
    return array
  }
}
