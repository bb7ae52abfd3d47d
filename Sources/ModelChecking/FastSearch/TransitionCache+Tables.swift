/// What is remembered, and how it is looked up.
extension TransitionCache {
  /// Neighbouring bits of a word, and where they go in a key.
  struct Run {
    var mask: UInt64 = 0
    var rotation: Int32 = 0
    var word: Int32 = 0

    @inline(__always)
    func part(of word: UInt64) -> Int {
      let rotation = UInt64(truncatingIfNeeded: rotation)
      return Int(truncatingIfNeeded: (word &>> rotation | word &<< (0 &- rotation)) & mask)
    }

    @inline(__always)
    func part(of state: UnsafePointer<UInt64>) -> Int { part(of: state[Int(word)]) }

    var keyBits: Int { mask.nonzeroBitCount }
  }

  /// The quickest way, for states of one word and alternatives whose key is one run of bits.
  struct Shortcut {
    var run = Run()
    /// By key: the bits of the word that stay, and the new values of the others, `disabled` or
    /// `unknown`.
    var pairs: UnsafeMutablePointer<UInt64>
    /// 32 bytes, so that a shift finds it.
    private let padding = 0

    init(pairs: UnsafeMutablePointer<UInt64>) { self.pairs = pairs }

    @inline(__always)
    func pair(for state: UInt64) -> UnsafeMutablePointer<UInt64> {
      pairs + run.part(of: state) &* 2
    }
  }

  /// What is remembered of one alternative: a memo for each value of some bits.
  struct Choice {
    var selector = Run()
    var memos: UnsafeMutablePointer<Memo>
  }

  /// What is remembered of an alternative in the states that its selector leads here.
  struct Memo {
    /// For states of one word and short keys of one or two runs: pairs as those of a shortcut.
    var dense: UnsafeMutablePointer<UInt64>
    var first = Run()
    var second = Run()
    /// For all other states.
    var hashed: UnsafeMutablePointer<HashedMemo>?

    @inline(__always)
    func pair(for state: UInt64) -> UnsafeMutablePointer<UInt64> {
      dense + (first.part(of: state) | second.part(of: state)) &* 2
    }
  }

  /// A table of entries by hashed keys, where an entry says whose it is: the key, and then for each
  /// changed word the bits that stay and the new values of the others.
  struct HashedMemo {
    var entries: UnsafeMutablePointer<UInt64>
    var entryBits: UInt64
    /// How many entries took the place of another's.
    var conflicts = 0
    /// The key's runs and the words that may change. Most have no more than two of either, which
    /// need no loop; one that is there to make two adds nothing, or changes nothing.
    let firstRun: Run
    let secondRun: Run
    let moreRuns: UnsafeMutablePointer<Run>
    let runCount: Int
    let firstWord: Int
    let secondWord: Int
    let changedWords: UnsafeMutablePointer<Int>
    let changedWordCount: Int

    @inline(__always)
    var stride: Int { 1 &+ 2 &* changedWordCount }
    var byteCount: Int { (stride << Int(entryBits)) * 8 }
  }

  /// Makes the successor of a state from what is known.
  ///
  /// - Returns: whether the step is enabled; nil where that is not known.
  @inline(__always)
  static func makeSuccessor(
    _ choice: UnsafePointer<Choice>, of state: UnsafePointer<UInt64>,
    into target: UnsafeMutablePointer<UInt64>, wordCount: Int
  ) -> Bool? {
    let memo = choice.pointee.memos + choice.pointee.selector.part(of: state)
    if wordCount == 1 {
      let pair = memo.pointee.pair(for: state[0])
      if pair[1] != unknown {
        target[0] = state[0] & pair[0] | pair[1]
        return pair[1] != disabled
      }
    }
    guard let hashed = memo.pointee.hashed else { return nil }
    let key = key(of: hashed, in: state)
    let entry = hashed.pointee.entries + place(of: key, in: hashed) &* hashed.pointee.stride
    if entry[0] != key { return nil }
    // If the step is not enabled, what is written is not looked at; to branch would cost more.
    for word in 0..<wordCount { target[word] = state[word] }
    let (first, second) = (hashed.pointee.firstWord, hashed.pointee.secondWord)
    target[first] = state[first] & entry[1] | entry[2]
    target[second] = state[second] & entry[3] | entry[4]
    if _slowPath(hashed.pointee.changedWordCount > 2) {
      for number in 2..<hashed.pointee.changedWordCount {
        let word = hashed.pointee.changedWords[number]
        target[word] = state[word] & entry[1 &+ 2 &* number] | entry[2 &+ 2 &* number]
      }
    }
    return entry[2] != disabled
  }

  @inline(__always)
  static func key(
    of hashed: UnsafePointer<HashedMemo>, in state: UnsafePointer<UInt64>
  ) -> UInt64 {
    var key = hashed.pointee.firstRun.part(of: state) | hashed.pointee.secondRun.part(of: state)
    if _slowPath(hashed.pointee.runCount > 2) {
      for number in 2..<hashed.pointee.runCount {
        key |= hashed.pointee.moreRuns[number &- 2].part(of: state)
      }
    }
    return UInt64(truncatingIfNeeded: key)
  }

  @inline(__always)
  static func place(of key: UInt64, in hashed: UnsafePointer<HashedMemo>) -> Int {
    Int(
      truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> (64 &- hashed.pointee.entryBits))
  }
}
