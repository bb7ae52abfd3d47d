import Foundation
import ModelChecking

/// Ranks that are threads of one process. Messages are short and few are under way, so that small systems meet
/// all that large ones do.
final class ThreadPeers: Peers, @unchecked Sendable {
  // Unchecked: what ranks share is changed under a lock, and the rest is one thread's.

  /// What all ranks share.
  private final class Hall: @unchecked Sendable {
    let lock = NSCondition()
    let count: Int
    var queues: [[(words: [UInt64], kind: PeerMessage.Kind, sender: Int)]]
    var given: [[UInt64]]
    var gathered: [[UInt64]] = []
    var arrived = 0
    var round = 0
    /// How many messages were refused for want of room.
    var refused = 0

    init(count: Int) {
      self.count = count
      queues = Array(repeating: [], count: count)
      given = Array(repeating: [], count: count)
    }
  }

  let rank: Int
  var count: Int { hall.count }
  var countHere: Int { hall.count }
  let mostWords: Int
  private let hall: Hall
  private let memory: UnsafeMutableBufferPointer<UInt64>
  private static let mostUnderWay = 2

  private init(_ rank: Int, in hall: Hall, mostWords: Int) {
    self.rank = rank
    self.hall = hall
    self.mostWords = mostWords
    memory = .allocate(capacity: mostWords)
  }

  deinit { memory.deallocate() }

  func send(_ words: UnsafeBufferPointer<UInt64>, _ kind: PeerMessage.Kind, to rank: Int) -> Bool {
    precondition(words.count <= mostWords && rank != self.rank)
    return hall.lock.withLock {
      if hall.queues[rank].count >= Self.mostUnderWay {
        hall.refused += 1
        return false
      }
      hall.queues[rank].append((Array(words), kind, self.rank))
      hall.lock.broadcast()
      return true
    }
  }

  func receive() -> PeerMessage? {
    hall.lock.withLock {
      if hall.queues[rank].isEmpty { return nil }
      let (words, kind, sender) = hall.queues[rank].removeFirst()
      hall.lock.broadcast()
      _ = memory.update(fromContentsOf: words)
      return PeerMessage(
        words: UnsafeBufferPointer(rebasing: memory[..<words.count]), kind: kind, sender: sender)
    }
  }

  func wait() {
    // Whatever it waits for: a moment without is no harm.
    hall.lock.withLock { _ = hall.lock.wait(until: Date(timeIntervalSinceNow: 0.001)) }
  }

  func gather(_ words: [UInt64]) -> [[UInt64]] {
    hall.lock.withLock {
      hall.given[rank] = words
      hall.arrived += 1
      let round = hall.round
      if hall.arrived == hall.count {
        (hall.gathered, hall.arrived, hall.round) = (hall.given, 0, round + 1)
        hall.lock.broadcast()
      }
      while hall.round == round { hall.lock.wait() }
      return hall.gathered
    }
  }

  func leave() {}

  func abort(_ reason: InputError) -> Never { fatalError("rank \(rank): \(reason)") }

  /// Runs something on so many ranks. Returns what each came to, and how many messages had to wait for room.
  static func onRanks<Value: Sendable>(
    _ count: Int, mostWords: Int = 12, _ body: @escaping @Sendable (ThreadPeers) throws -> Value
  ) throws -> (values: [Value], refused: Int) {
    let hall = Hall(count: count)
    let results = Results<Value>(count: count)
    let done = DispatchSemaphore(value: 0)
    for rank in 0..<count {
      let thread = Thread {
        let peers = ThreadPeers(rank, in: hall, mostWords: mostWords)
        results.set(rank, Result { try body(peers) })
        done.signal()
      }
      thread.stackSize = 16 << 20
      thread.start()
    }
    for _ in 0..<count { done.wait() }
    return (try results.all.map { try $0!.get() }, hall.refused)
  }

  private final class Results<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var all: [Result<Value, any Error>?]

    init(count: Int) { all = Array(repeating: nil, count: count) }

    func set(_ rank: Int, _ result: Result<Value, any Error>) {
      lock.withLock { all[rank] = result }
    }
  }
}
