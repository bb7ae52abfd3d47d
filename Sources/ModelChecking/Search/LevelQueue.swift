import Synchronization

/// Shares the states of one level out among the workers.
final class LevelQueue: Sendable {
  /// The states that a worker takes on at a time: many, because neighbours have successors in common,
  /// but not so many that workers wait for each other when a level ends.
  private let chunkSize: Int

  let level: Range<Int>
  private let taken: Atomic<Int>
  private let isPaused = Atomic<Bool>(false)
  private let stop: StopCondition
  private let store: StateStore
  private let monitor: SearchMonitor

  init(
    _ level: Range<Int>, threads: Int, store: StateStore, stop: StopCondition,
    monitor: SearchMonitor
  ) {
    chunkSize = min(max(256, level.count / (16 * threads)), 4096)
    self.level = level
    self.store = store
    self.stop = stop
    self.monitor = monitor
    taken = Atomic(level.lowerBound)
  }

  var chunkCount: Int { max(1, (level.count + chunkSize - 1) / chunkSize) }

  /// Whether every state was handed out.
  var isEmpty: Bool { taken.load(ordering: .relaxed) >= level.upperBound }

  /// The next states to expand; empty when none are left.
  func next() -> Range<Int> {
    let first = taken.wrappingAdd(chunkSize, ordering: .relaxed).oldValue
    if first >= level.upperBound { return 0..<0 }
    monitor.update(states: store.reservedCount, storedBytes: store.usedBytes)
    let chunk = first..<min(first + chunkSize, level.upperBound)
    store.noteReading(chunk)
    return chunk
  }

  /// Whether workers must return: the index has to grow, or a limit is reached.
  var mustPause: Bool { isPaused.load(ordering: .relaxed) || mustStop }

  /// Whether a limit is reached.
  var mustStop: Bool { stop.reached != nil }

  /// Whether states can take less memory, or none where the level leaves them alone.
  var canMakeRoom: Bool { store.canMakeRoom(expanding: level) }

  func pause() { isPaused.store(true, ordering: .relaxed) }
  func resume() { isPaused.store(false, ordering: .relaxed) }
}
