/// A table of changes by hashed keys, for states and keys of any width.
///
/// An entry says whose it is: the key, and then for each changed word the bits that stay and the new
/// values of the others (`WordChange`). Of two keys with the same place the last has it.
struct HashedTable: ~Copyable {
  /// The most entries, as a power of two.
  private static let mostEntryBits: UInt64 = 12
  /// The widest key; no key is `unknown`.
  static let mostKeyBits = 48

  private var entries: OwnedBuffer<UInt64>
  private var entryBits: UInt64
  /// How many entries took the place of another's.
  private var conflicts = 0
  /// The key's runs and the words that may change. Most have no more than two of either, which need
  /// no loop; one that is there to make two adds nothing, or changes nothing.
  private let firstRun: BitRun
  private let secondRun: BitRun
  private let moreRuns: OwnedBuffer<BitRun>
  private let firstWord: Int
  private let secondWord: Int
  private let changedWords: OwnedBuffer<Int>

  /// - Parameters:
  ///   - runs: those of the key.
  ///   - changed: the words that may change.
  ///   - wordCount: the state's words.
  init(runs: [BitRun], changed: [Int], wordCount: Int) {
    let words = Self.atLeastTwo(changed, wordCount)
    assert(words.allSatisfy { $0 < wordCount } && runs.allSatisfy { $0.word < wordCount })
    entryBits = Self.firstEntryBits(runs)
    entries = OwnedBuffer(
      repeating: WordChange.unknown, count: Self.stride(words.count) << Int(entryBits))
    let filled = runs + Array(repeating: BitRun(), count: max(0, 2 - runs.count))
    firstRun = filled[0]
    secondRun = filled[1]
    moreRuns = OwnedBuffer(Array(filled[2...]))
    firstWord = words[0]
    secondWord = words[1]
    changedWords = OwnedBuffer(words)
  }

  /// What the entries of a new table take.
  static func byteCount(runs: [BitRun], changed: [Int], wordCount: Int) -> Int {
    (8 * stride(atLeastTwo(changed, wordCount).count)) << Int(firstEntryBits(runs))
  }

  var byteCount: Int { 8 * entries.count }

  private static func firstEntryBits(_ runs: [BitRun]) -> UInt64 {
    UInt64(max(1, min(4, runs.reduce(0) { $0 + $1.bitCount })))
  }

  private static func atLeastTwo(_ changed: [Int], _ wordCount: Int) -> [Int] {
    var words = changed
    for word in 0..<wordCount where words.count < 2 && !words.contains(word) { words.append(word) }
    // A state of one word has no other to change; to change it twice in the same way does no harm.
    if words.count < 2 { words.append(0) }
    return words
  }

  @inline(__always)
  private static func stride(_ changedWordCount: Int) -> Int { 1 &+ 2 &* changedWordCount }

  @inline(__always)
  private var stride: Int { Self.stride(changedWords.count) }

  // MARK: Looking up

  /// Makes the successor of a state from what is known.
  ///
  /// - Returns: whether the step is enabled; nil where that is not known.
  @inline(__always)
  func makeSuccessor(
    of state: UnsafePointer<UInt64>, into target: UnsafeMutablePointer<UInt64>, wordCount: Int
  ) -> Bool? {
    let key = key(of: state)
    let entry = entry(for: key)
    if entry[0] != key { return nil }
    // If the step is not enabled, what is written is not looked at; to branch would cost more.
    for word in 0..<wordCount { target[word] = state[word] }
    target[firstWord] = state[firstWord] & entry[1] | entry[2]
    target[secondWord] = state[secondWord] & entry[3] | entry[4]
    if _slowPath(changedWords.count > 2) {
      for number in 2..<changedWords.count {
        let word = changedWords.base[number]
        target[word] = state[word] & entry[1 &+ 2 &* number] | entry[2 &+ 2 &* number]
      }
    }
    return entry[2] != WordChange.disabled
  }

  @inline(__always)
  private func key(of state: UnsafePointer<UInt64>) -> UInt64 {
    var key = firstRun.part(of: state) | secondRun.part(of: state)
    if _slowPath(moreRuns.count > 0) {
      for number in 0..<moreRuns.count { key |= moreRuns.base[number].part(of: state) }
    }
    assert(key >> Self.mostKeyBits == 0)
    return UInt64(truncatingIfNeeded: key)
  }

  /// Where the entry for a key is, if there is one.
  @inline(__always)
  private func entry(for key: UInt64) -> UnsafeMutablePointer<UInt64> {
    let place = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- entryBits))
    assert((place + 1) * stride <= entries.count)
    return entries.base + place &* stride
  }

  // MARK: Remembering

  /// Remembers what came of a step.
  ///
  /// - Parameters:
  ///   - before: the state the step ran in.
  ///   - after: the state it led to; nil if it was not enabled.
  ///   - writes: the bits that it changes, by word.
  ///   - bytesLeft: what tables may still take; less by what this one grew.
  mutating func remember(
    before: UnsafePointer<UInt64>, after: UnsafePointer<UInt64>?, writes: [UInt64],
    bytesLeft: inout Int
  ) {
    let key = key(of: before)
    let entry = claimEntry(for: key, bytesLeft: &bytesLeft)
    for number in changedWords.indices {
      let word = changedWords[number]
      if !WordChange.write(writes[word], after?[word], to: entry + (1 + 2 * number)) {
        entry[0] = WordChange.unknown
      }
    }
  }

  /// The entry for a key; it then belongs to that key.
  private mutating func claimEntry(
    for key: UInt64, bytesLeft: inout Int
  ) -> UnsafeMutablePointer<UInt64> {
    let owner = entry(for: key)[0]
    if owner != WordChange.unknown && owner != key {
      conflicts += 1
      if conflicts >> Int(entryBits) > 0 { enlarge(bytesLeft: &bytesLeft) }
    }
    let entry = entry(for: key)
    entry[0] = key
    return entry
  }

  /// Doubles the table, if it may become larger.
  private mutating func enlarge(bytesLeft: inout Int) {
    if entryBits == Self.mostEntryBits || byteCount > bytesLeft { return }
    bytesLeft -= byteCount
    conflicts = 0
    entryBits += 1
    let larger = OwnedBuffer(repeating: WordChange.unknown, count: 2 * entries.count)
    let old = exchange(&entries, with: larger)
    for first in Swift.stride(from: 0, to: old.count, by: stride)
    where old[first] != WordChange.unknown {
      entry(for: old[first]).update(from: old.base + first, count: stride)
    }
  }
}
