/// The states that a rank made and others own, and those that others made and it owns, while a level is
/// expanded.
///
/// Which rank owns a state follows from the state. What a worker makes for others it collects here by rank, and
/// sends it as soon as a message is full. The last message of a level says that it is, so that a rank has all of
/// the level when it has that of every other. Nobody sends anything of the next level before all have agreed on
/// what this one showed.
final class Mailbox {
  let peers: any Peers
  private let rank: Int
  private let rankCount: UInt64
  private let hash: StateHash
  /// The words of a full message, and of what a rank may have waiting.
  private let fullWords: Int
  private let lane: Int
  private let memory: OwnedBuffer<UInt64>
  /// By rank: the end of what waits for it.
  private let ends: OwnedBuffer<UnsafeMutablePointer<UInt64>>

  /// The ranks that have not been sent the level's last message.
  private var unfinished: [Int] = []
  /// How many ranks may send more of the level.
  private var senders = 0
  /// Whether this rank can't go on with the level, or another one said so.
  private(set) var hasGivenUp = false

  /// Who has posted so many states since what is full was sent posts those of no other state before.
  static let mostPosted = Worker.batchSize

  /// - Parameter mostSuccessors: those of one state, at most.
  init(_ peers: any Peers, _ hash: StateHash, mostSuccessors: Int) {
    self.peers = peers
    self.hash = hash
    rank = peers.rank
    rankCount = UInt64(peers.count)
    fullWords = peers.mostWords / hash.wordCount * hash.wordCount
    lane = fullWords + (Self.mostPosted + mostSuccessors) * hash.wordCount
    memory = OwnedBuffer(repeating: 0, count: lane * peers.count)
    let (base, lane) = (memory.base, lane)
    ends = OwnedBuffer(count: peers.count) { base + $0 * lane }
  }

  /// The rank that owns a state.
  @inline(__always)
  func owner(of state: UnsafePointer<UInt64>, wordCount: Int) -> Int {
    // The index takes the first bits of the hash for itself.
    let mixed = hash.hash(of: state, wordCount: wordCount) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: ((mixed &>> 32) &* rankCount) &>> 32)
  }

  func isOwn(_ state: UnsafePointer<UInt64>) -> Bool {
    owner(of: state, wordCount: hash.wordCount) == rank
  }

  /// Moves the states together that this rank owns, and takes the others.
  ///
  /// - Returns: the end of those that are left.
  @inline(__always)
  func keepOwn(
    _ states: UnsafeMutablePointer<UInt64>, until end: UnsafeMutablePointer<UInt64>,
    wordCount: Int
  ) -> UnsafeMutablePointer<UInt64> {
    let ends = ends.base
    // Which it is can't be foreseen; so all are moved alike.
    ends[rank] = states
    var state = states
    while state < end {
      let owner = owner(of: state, wordCount: wordCount)
      let target = ends[owner]
      for word in 0..<wordCount { target[word] = state[word] }
      ends[owner] = target + wordCount
      state += wordCount
    }
    assert(
      self.ends.indices.allSatisfy { $0 == rank || ends[$0] - memory.base <= ($0 + 1) * lane })
    return ends[rank]
  }

  // MARK: A level

  func beginLevel() {
    unfinished = (0..<ends.count).filter { $0 != rank }
    senders = unfinished.count
    hasGivenUp = false
    drop()
  }

  /// Whether the level's last messages have come and gone.
  var isComplete: Bool { unfinished.isEmpty && senders == 0 }

  /// Sends what is full.
  ///
  /// - Returns: false where there must be room for that first.
  func sendFull() -> Bool {
    var hasRoom = true
    for other in ends.indices where other != rank {
      let start = memory.base + other * lane
      var rest = start
      while ends[other] - rest >= fullWords && hasRoom {
        if send(rest, fullWords, .part, to: other) { rest += fullWords } else { hasRoom = false }
      }
      if rest == start { continue }
      let count = ends[other] - rest
      start.update(from: rest, count: count)
      ends[other] = start + count
    }
    return hasRoom
  }

  /// Sends what is left, as the last of the level, as far as there is room.
  func sendLast() {
    if !sendFull() { return }
    unfinished.removeAll { other in
      let start = memory.base + other * lane
      let isSent = send(
        start, ends[other] - start, hasGivenUp ? .givenUp : .last, to: other)
      if isSent { ends[other] = start }
      return isSent
    }
  }

  private func send(
    _ words: UnsafePointer<UInt64>, _ count: Int, _ kind: PeerMessage.Kind, to other: Int
  ) -> Bool {
    peers.send(UnsafeBufferPointer(start: words, count: count), kind, to: other)
  }

  /// The next states for this rank; nil if none have arrived. They are there until the next call.
  func receive() -> UnsafeBufferPointer<UInt64>? {
    guard let message = peers.receive() else { return nil }
    if message.kind != .part { senders -= 1 }
    if message.kind == .givenUp { giveUp() }
    return message.words
  }

  /// Drops what waits, and lets the others know that they need not go on.
  func giveUp() {
    hasGivenUp = true
    drop()
  }

  /// Gives the level up, and waits until all others have or are done.
  func giveUpLevel() {
    giveUp()
    while !isComplete {
      sendLast()
      if receive() == nil { peers.wait() }
    }
  }

  private func drop() {
    for other in ends.indices { ends[other] = memory.base + other * lane }
  }
}
