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
/// Each worker has a cache of its own, so nothing is shared. Here is how it learns. `Memo` has what it
/// knows, in tables of two kinds: `PairTable` and `HashedTable`.
package final class TransitionCache {
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

  private static let mostSelectorBits = 8
  /// The widest run that a key of one word is made of, with bits between that nobody reads.
  private static let mostSpanBits = 8

  /// By alternative, as what follows.
  let shortcuts: OwnedBuffer<Shortcut>
  let memos: OwnedBuffer<Memos>
  private let histories: OwnedBuffer<History>
  private let wordCount: Int
  private let interval: UInt32
  /// The table of those who have none, and the one change in it, which is unknown.
  private let emptyTable: PairTable
  private let nothing = OwnedBuffer(repeating: WordChange.unknown, count: 2)
  /// Bytes of entries that may still be made.
  private var bytesLeft: Int

  /// - Parameters:
  ///   - alternativeCount: how many alternatives all programs have.
  ///   - wordCount: machine words of a state.
  ///   - byteLimit: the most that the entries may take together.
  ///   - interval: every so many misses the step runs under watch; a power of two. Watching costs
  ///     some fifty times as much as running, so with 64 it never more than doubles the cost of a
  ///     step whose values hardly ever repeat.
  package init(alternativeCount: Int, wordCount: Int, byteLimit: Int, interval: Int) {
    precondition(interval.nonzeroBitCount == 1)
    self.wordCount = wordCount
    self.interval = UInt32(interval)
    bytesLeft = byteLimit
    let emptyTable = PairTable(pairs: nothing.base)
    self.emptyTable = emptyTable
    shortcuts = OwnedBuffer(repeating: Shortcut(emptyTable), count: alternativeCount)
    memos = OwnedBuffer(count: alternativeCount) { _ in Memos(nothing: emptyTable) }
    histories = OwnedBuffer(repeating: History(), count: alternativeCount)
  }

  /// Notes that a step function must run, and tells whether it should run under watch.
  @inline(__always)
  func missed(_ alternative: Int) -> Bool {
    assert(histories.indices.contains(alternative))
    let history = histories.base + alternative
    history.pointee.misses &+= 1
    return history.pointee.misses & (interval &- 1) == 0 && !history.pointee.isGivenUp
  }

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
    learnSelector(of: alternative, footprint)
    let number = memos[alternative].selector.part(of: before)
    learnKey(ofMemo: number, of: alternative, footprint)
    let memo = memos[alternative].bySelector.base + number
    if memo.pointee.hasPairs {
      WordChange.write(
        footprint.writes[0], after?[0], to: memo.pointee.pairTable.pair(for: before[0]))
    } else if let hashed = memo.pointee.hashedTable {
      hashed.pointee.remember(
        before: before, after: after, writes: footprint.writes, bytesLeft: &bytesLeft)
    }
  }

  // MARK: Learning

  /// Gives an alternative a selector as soon as its runs are seen to read different fields.
  private func learnSelector(of alternative: Int, _ footprint: Footprint) {
    let history = histories.base + alternative
    let common =
      history.pointee.common.isEmpty
      ? footprint.reads : zip(history.pointee.common, footprint.reads).map { $0 & $1 }
    history.pointee.common = common
    let first = history.pointee.seen[0]
    if memos[alternative].selector.mask != 0 || first.reads.isEmpty { return }
    let reads = footprint.union(first).reads
    // Where they all fit into a short key, no selector is needed.
    if reads != first.reads && keyBits(runs(forKey: reads)) > Self.mostSpanBits {
      split(alternative, by: BitRun.widest(of: common, mostBits: Self.mostSelectorBits))
    }
  }

  /// Begins again with a memo for each value of some bits.
  private func split(_ alternative: Int, by selector: BitRun) {
    if selector.mask == 0 { return }
    assert(selector.mask & (selector.mask + 1) == 0, "its values count up from 0")
    bytesLeft += memos[alternative].byteCount
    shortcuts[alternative] = Shortcut(emptyTable)
    memos[alternative] = Memos(selector: selector, nothing: emptyTable)
    histories[alternative].seen = Array(
      repeating: Footprint(), count: memos[alternative].bySelector.count)
  }

  /// Begins a memo again, with a wider key, if a run read or wrote what none had before it.
  private func learnKey(ofMemo number: Int, of alternative: Int, _ footprint: Footprint) {
    let history = histories.base + alternative
    assert(history.pointee.seen.count == memos[alternative].bySelector.count)
    let all = footprint.union(history.pointee.seen[number])
    if all == history.pointee.seen[number] { return }
    history.pointee.seen[number] = all
    let (selector, memo) = (
      memos[alternative].selector, memos[alternative].bySelector.base + number
    )
    shortcuts[alternative] = Shortcut(emptyTable)
    bytesLeft += memo.pointee.byteCount
    memo.pointee = makeMemo(all, selector)
    bytesLeft -= memo.pointee.byteCount
    history.pointee.isGivenUp = memo.pointee.byteCount == 0
    if selector.mask == 0 && memo.pointee.pairTable.second.mask == 0 {
      shortcuts[alternative] = Shortcut(memo.pointee.pairTable)
    }
  }

  /// A memo with an empty table for a footprint; without one if it would be too large.
  private func makeMemo(_ seen: Footprint, _ selector: BitRun) -> Memo {
    // What the selector says need not be said again.
    var reads = seen.reads
    reads[Int(selector.word)] &= ~(selector.mask << UInt64(selector.rotation))
    let runs = runs(forKey: reads)
    let keyBits = keyBits(runs)
    if wordCount == 1 && runs.count <= 2 && keyBits <= PairTable.mostKeyBits {
      if PairTable.byteCount(keyBits: keyBits) > bytesLeft { return Memo(nothing: emptyTable) }
      return Memo(pairsBy: runs.first ?? BitRun(), runs.count == 2 ? runs[1] : BitRun())
    }
    let changed = seen.writes.indices.filter { seen.writes[$0] != 0 }
    let byteCount = HashedTable.byteCount(runs: runs, changed: changed, wordCount: wordCount)
    if keyBits > HashedTable.mostKeyBits || byteCount > bytesLeft {
      return Memo(nothing: emptyTable)
    }
    return Memo(
      HashedTable(runs: runs, changed: changed, wordCount: wordCount), nothing: emptyTable)
  }

  /// The runs of a key that has some bits. In a state of one word, bits that are not far apart are
  /// one run with all that lies between: more entries, and less to put together.
  private func runs(forKey masks: [UInt64]) -> [BitRun] {
    if wordCount == 1, let span = BitRun.span(of: masks[0], mostBits: Self.mostSpanBits) {
      return [span]
    }
    return BitRun.runs(of: masks)
  }

  private func keyBits(_ runs: [BitRun]) -> Int { runs.reduce(0) { $0 + $1.bitCount } }
}
