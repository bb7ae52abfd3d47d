/// The steps between all states of a search, by the states' positions.
///
/// Memory: 5 bytes a transition and 28 a state.
final class TransitionGraph: SearchedGraph, @unchecked Sendable {
  // Unchecked: each chunk is set once, by one thread, before anybody reads it.

  /// The ways out of some neighbouring states.
  struct Chunk: ~Copyable {
    /// By state: where its edges begin; and the end of the last.
    let starts: OwnedBuffer<UInt32>
    let targets: OwnedBuffer<UInt32>
    /// By edge: whose step it is.
    let actors: OwnedBuffer<UInt8>
  }

  static let chunkSize = 4096

  /// By state: what is true of it by itself.
  let marks: OwnedBuffer<StateMarks>

  /// How many states there are.
  let stateCount: Int
  /// The states from here on were never expanded: what lies behind them is unknown.
  let expandedCount: Int
  private let chunks: OwnedBuffer<Chunk?>

  init(stateCount: Int, expandedCount: Int) {
    self.stateCount = stateCount
    self.expandedCount = expandedCount
    marks = OwnedBuffer(repeating: StateMarks(), count: stateCount)
    chunks = OwnedBuffer(count: expandedCount / Self.chunkSize + 1) { _ in nil }
  }

  static func byteCount(states: Int, transitions: Int) -> Int {
    5 * transitions + (4 + MemoryLayout<StateMarks>.stride) * states
  }

  /// Sets the ways out of the states of a chunk.
  func set(_ number: Int, to chunk: consuming Chunk) { chunks.base[number] = consume chunk }

  func isOpen(_ state: Int) -> Bool { state >= expandedCount }

  @inline(__always)
  func edgeCount(of state: Int) -> Int {
    withChunk(of: state) { chunk, place in
      Int(chunk.starts.base[place + 1] - chunk.starts.base[place])
    } ?? 0
  }

  @inline(__always)
  func target(of state: Int, _ edge: Int) -> Int {
    withChunk(of: state) { chunk, place in
      Int(chunk.targets.base[Int(chunk.starts.base[place]) + edge])
    } ?? state
  }

  @inline(__always)
  func actor(of state: Int, _ edge: Int) -> Int {
    withChunk(of: state) { chunk, place in
      Int(chunk.actors.base[Int(chunk.starts.base[place]) + edge])
    } ?? 0
  }

  @inline(__always)
  private func withChunk<Result>(
    of state: Int, _ body: (borrowing Chunk, _ place: Int) -> Result
  ) -> Result? {
    if state >= expandedCount { return nil }
    switch chunks.base[state / Self.chunkSize] {
    case .some(let chunk): return body(chunk, state % Self.chunkSize)
    case .none: return nil
    }
  }
}
