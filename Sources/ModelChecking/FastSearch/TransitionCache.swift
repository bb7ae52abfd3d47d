/// What each step was seen to do, by the values of the fields that it looks at.
///
/// A step sees a few fields of a state, and the same values in them always lead to the same change.
/// So the change is remembered in a table by those values, and the step function, its guard and the
/// questions about registers run only for what is not in the table yet. After some thousands of
/// states most steps are one lookup. (Caching of local transitions: Blom, van de Pol, Weber, "LTSmin:
/// Distributed and Symbolic Reachability", CAV 2010. There the model's author says what a step
/// depends on; here it is watched.)
///
/// Why that is sound: an entry is made from a run under watch, which tells every field that was read
/// or written. Those that were read are part of the key, so any state with the same key would have
/// led the step through the same reads to the same writes. Where a run reads a field that is not
/// part of the key, the table is thrown away and begun again with a key that has it. Steps that
/// raise a fault are never remembered.
///
/// Which fields a step looks at often depends on others: a register says which page, say. So where
/// runs turn out to read different fields, the step gets a table of its own for each value of some
/// bits that all of them read, and keys stay short.
///
/// Each worker has a cache of its own, so nothing is shared. Here is how it learns;
/// `TransitionCache+Tables.swift` has what it knows and how that is looked up.
struct TransitionCache {
  /// What is known of an alternative.
  private struct History {
    /// How often the step function ran for want of an entry.
    var misses: UInt32 = 0
    /// Whether its tables would be too large.
    var isGivenUp = false
    /// The bits that were read in every run so far.
    var common: [UInt64] = []
    /// By memo: the bits that its runs were seen to read and to write.
    var seen = [Footprint()]
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

  /// In place of new values: the step is not enabled, and the key was not seen yet. A step that
  /// would write such values is not remembered.
  static let disabled = UInt64.max
  static let unknown = UInt64.max - 1

  private static let mostSelectorBits = 8
  /// The widest run that a key of one word is made of, with bits between that nobody reads.
  private static let mostSpanBits = 8
  /// The widest key that is the number of its pair.
  private static let mostDenseBits = 10
  /// The most entries of a hashed table, as a power of two.
  private static let mostHashedBits: UInt64 = 12
  /// The widest key at all; no key is `unknown`.
  private static let mostKeyBits = 48

  let shortcuts: UnsafeMutableBufferPointer<Shortcut>
  let choices: UnsafeMutableBufferPointer<Choice>
  private let histories: UnsafeMutableBufferPointer<History>
  private let table: StepTable
  private let interval: UInt32
  /// The table of those who have none: it knows nothing.
  private let nothing: UnsafeMutablePointer<UInt64>
  /// Bytes of entries that may still be made.
  private let room: UnsafeMutablePointer<Int>

  /// - Parameters:
  ///   - bytes: the most that the entries may take together.
  ///   - interval: every so many misses the step runs under watch; a power of two. Watching costs
  ///     some fifty times as much as running, so with 64 it never more than doubles the cost of a
  ///     step whose values hardly ever repeat.
  init(_ table: StepTable, bytes: Int, interval: Int) {
    self.table = table
    self.interval = UInt32(interval)
    room = .allocate(capacity: 1)
    room.initialize(to: bytes)
    nothing = .allocate(capacity: 2)
    nothing.initialize(repeating: Self.unknown, count: 2)
    shortcuts = .allocate(capacity: table.alternatives.count)
    shortcuts.initialize(repeating: Shortcut(pairs: nothing))
    choices = .allocate(capacity: table.alternatives.count)
    histories = .allocate(capacity: table.alternatives.count)
    histories.initialize(repeating: History())
    for alternative in choices.indices {
      choices.initializeElement(at: alternative, to: Choice(memos: Self.memos(1, nothing)))
    }
  }

  func deallocate() {
    for alternative in choices.indices { dropMemos(of: alternative) }
    choices.deallocate()
    shortcuts.deallocate()
    histories.deinitialize()
    histories.deallocate()
    nothing.deallocate()
    room.deallocate()
  }

  private static func memos(
    _ count: Int, _ nothing: UnsafeMutablePointer<UInt64>
  ) -> UnsafeMutablePointer<Memo> {
    let memos = UnsafeMutablePointer<Memo>.allocate(capacity: count)
    memos.initialize(repeating: Memo(dense: nothing), count: count)
    return memos
  }

  private func dropMemos(of alternative: Int) {
    let choice = choices[alternative]
    for number in 0...Int(choice.selector.mask) { dropTable(of: choice.memos + number) }
    choice.memos.deallocate()
  }

  private func dropTable(of memo: UnsafeMutablePointer<Memo>) {
    if memo.pointee.dense != nothing {
      room.pointee += 16 << (memo.pointee.first.keyBits + memo.pointee.second.keyBits)
      memo.pointee.dense.deallocate()
    }
    if let hashed = memo.pointee.hashed {
      room.pointee += hashed.pointee.byteCount
      hashed.pointee.entries.deallocate()
      hashed.pointee.moreRuns.deallocate()
      hashed.pointee.changedWords.deallocate()
      hashed.deallocate()
    }
    memo.pointee = Memo(dense: nothing)
  }

  /// Notes that a step function must run, and tells whether it should run under watch.
  @inline(__always)
  func missed(_ alternative: Int) -> Bool {
    let history = histories.baseAddress! + alternative
    history.pointee.misses &+= 1
    return history.pointee.misses & (interval &- 1) == 0 && !history.pointee.isGivenUp
  }

  // MARK: Remembering

  /// Remembers what came of a step that ran under watch.
  ///
  /// - Parameters:
  ///   - before: the state the step ran in.
  ///   - after: the state it led to; nil if it was not enabled.
  ///   - footprint: all that was read or written.
  func remember(
    _ alternative: Int, before: UnsafePointer<UInt64>, after: UnsafePointer<UInt64>?,
    _ footprint: Footprint
  ) {
    let history = histories.baseAddress! + alternative
    let common =
      history.pointee.common.isEmpty
      ? footprint.reads : zip(history.pointee.common, footprint.reads).map { $0 & $1 }
    history.pointee.common = common
    if choices[alternative].selector.mask == 0 && !history.pointee.seen[0].reads.isEmpty {
      let reads = footprint.union(history.pointee.seen[0]).reads
      // Where they all fit into a short key, no selector is needed.
      if reads != history.pointee.seen[0].reads && runs(forKey: reads).keyBits > Self.mostSpanBits {
        split(alternative, by: Self.widestRun(of: common))
      }
    }
    let number = choices[alternative].selector.part(of: before)
    let memo = choices[alternative].memos + number
    let all = footprint.union(history.pointee.seen[number])
    if all != history.pointee.seen[number] {
      history.pointee.seen[number] = all
      dropTable(of: memo)
      history.pointee.isGivenUp = !makeTable(of: memo, all, choices[alternative].selector)
      shortcuts[alternative] = Shortcut(pairs: nothing)
      if choices[alternative].selector.mask == 0 && memo.pointee.second.mask == 0 {
        shortcuts[alternative].run = memo.pointee.first
        shortcuts[alternative].pairs = memo.pointee.dense
      }
    }
    if memo.pointee.dense != nothing {
      write(footprint.writes[0], after?[0], to: memo.pointee.pair(for: before[0]))
    } else if let hashed = memo.pointee.hashed {
      let entry = self.entry(of: hashed, for: Self.key(of: hashed, in: before))
      for number in 0..<hashed.pointee.changedWordCount {
        let word = hashed.pointee.changedWords[number]
        if !write(footprint.writes[word], after?[word], to: entry + (1 + 2 * number)) {
          entry[0] = Self.unknown
        }
      }
    }
  }

  /// Writes the bits of a word that stay and the new values of the others, unless these look like
  /// something else.
  @discardableResult
  private func write(
    _ mask: UInt64, _ after: UInt64?, to pair: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    let value = after.map { $0 & mask }
    if let value, value >= Self.unknown { return false }
    pair[0] = ~mask
    pair[1] = value ?? Self.disabled
    return true
  }

  /// The entry for a key; it then belongs to that key.
  private func entry(
    of hashed: UnsafeMutablePointer<HashedMemo>, for key: UInt64
  ) -> UnsafeMutablePointer<UInt64> {
    var entry = hashed.pointee.entries + Self.place(of: key, in: hashed) * hashed.pointee.stride
    if entry[0] != Self.unknown && entry[0] != key {
      hashed.pointee.conflicts += 1
      if hashed.pointee.conflicts >> Int(hashed.pointee.entryBits) > 0 { enlarge(hashed) }
      entry = hashed.pointee.entries + Self.place(of: key, in: hashed) * hashed.pointee.stride
    }
    entry[0] = key
    return entry
  }

  /// Doubles a table, if it may become larger.
  private func enlarge(_ hashed: UnsafeMutablePointer<HashedMemo>) {
    let old = hashed.pointee
    if old.entryBits == Self.mostHashedBits || old.byteCount > room.pointee { return }
    room.pointee -= old.byteCount
    hashed.pointee.conflicts = 0
    hashed.pointee.entryBits += 1
    hashed.pointee.entries = Self.entries(2 * old.byteCount)
    for number in 0..<(1 << Int(old.entryBits)) {
      let entry = old.entries + number * old.stride
      if entry[0] == Self.unknown { continue }
      (hashed.pointee.entries + Self.place(of: entry[0], in: hashed) * old.stride)
        .update(from: entry, count: old.stride)
    }
    old.entries.deallocate()
  }

  private static func entries(_ byteCount: Int) -> UnsafeMutablePointer<UInt64> {
    let entries = UnsafeMutablePointer<UInt64>.allocate(capacity: byteCount / 8)
    entries.initialize(repeating: unknown, count: byteCount / 8)
    return entries
  }

  /// Begins again with a memo for each value of some bits.
  private func split(_ alternative: Int, by selector: Run) {
    if selector.mask == 0 { return }
    dropMemos(of: alternative)
    shortcuts[alternative] = Shortcut(pairs: nothing)
    let count = Int(selector.mask) + 1
    choices[alternative] = Choice(selector: selector, memos: Self.memos(count, nothing))
    histories[alternative].seen = Array(repeating: Footprint(), count: count)
  }

  /// The widest run of neighbouring bits, or as much of it as may select.
  private static func widestRun(of masks: [UInt64]) -> Run {
    var widest = Run()
    for run in runs(of: masks, atZero: true) where run.keyBits > widest.keyBits { widest = run }
    widest.mask &= (1 << UInt64(mostSelectorBits)) - 1
    return widest
  }

  /// Gives a memo an empty table for its footprint.
  ///
  /// - Returns: false if the table would be too large.
  private func makeTable(
    of memo: UnsafeMutablePointer<Memo>, _ seen: Footprint, _ selector: Run
  ) -> Bool {
    // What the selector says need not be said again.
    var reads = seen.reads
    reads[Int(selector.word)] &= ~(selector.mask << UInt64(selector.rotation))
    let (runs, keyBits) = runs(forKey: reads)
    if table.wordCount == 1 && runs.count <= 2 && keyBits <= Self.mostDenseBits {
      let byteCount = 16 << keyBits
      if byteCount > room.pointee { return false }
      room.pointee -= byteCount
      memo.pointee.dense = Self.entries(byteCount)
      memo.pointee.first = runs.first ?? Run()
      memo.pointee.second = runs.count == 2 ? runs[1] : Run()
      return true
    }
    var words = seen.writes.indices.filter { seen.writes[$0] != 0 }
    for word in seen.writes.indices where words.count < 2 && !words.contains(word) {
      words.append(word)
    }
    // A state of one word has no other to change; to change it twice in the same way does no harm.
    if words.count < 2 { words.append(0) }
    let filled = runs + Array(repeating: Run(), count: max(0, 2 - runs.count))
    let entryBits = max(1, min(4, keyBits))
    let byteCount = (1 + 2 * words.count) * 8 << entryBits
    if keyBits > Self.mostKeyBits || byteCount > room.pointee { return false }
    room.pointee -= byteCount
    memo.pointee.hashed = .allocate(capacity: 1)
    memo.pointee.hashed!.initialize(
      to: HashedMemo(
        entries: Self.entries(byteCount), entryBits: UInt64(entryBits),
        firstRun: filled[0], secondRun: filled[1], moreRuns: Self.array(Array(filled[2...])),
        runCount: filled.count, firstWord: words[0], secondWord: words[1],
        changedWords: Self.array(words), changedWordCount: words.count))
    return true
  }

  /// The runs of a key that has some bits. In a state of one word, bits that are not far apart are
  /// one run with all that lies between: more entries, and less to put together.
  private func runs(forKey masks: [UInt64]) -> (runs: [Run], keyBits: Int) {
    if table.wordCount == 1 && masks[0] != 0 {
      let first = masks[0].trailingZeroBitCount
      let width = 64 - masks[0].leadingZeroBitCount - first
      if width <= Self.mostSpanBits {
        return ([Run(mask: (1 << UInt64(width)) - 1, rotation: Int32(first))], width)
      }
    }
    let runs = Self.runs(of: masks)
    return (runs, runs.reduce(0) { $0 + $1.keyBits })
  }

  /// Some bits of a state in runs of neighbours.
  ///
  /// - Parameter atZero: whether each run is a key of its own; otherwise they go one after the other.
  private static func runs(of masks: [UInt64], atZero: Bool = false) -> [Run] {
    var runs: [Run] = []
    var place = 0
    for (word, bits) in masks.enumerated() {
      var rest = bits
      while rest != 0 {
        let first = rest.trailingZeroBitCount
        let length = (~(rest >> UInt64(first))).trailingZeroBitCount
        let ones: UInt64 = length == 64 ? .max : (1 << UInt64(length)) - 1
        runs.append(
          Run(
            mask: ones << UInt64(place), rotation: Int32((64 + first - place) % 64),
            word: Int32(word)))
        rest &= ~(ones << UInt64(first))
        if !atZero { place += length }
      }
    }
    return runs
  }

  private static func array<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let array = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    for (number, element) in elements.enumerated() { (array + number).initialize(to: element) }
    return array
  }
}
