import Synchronization

/// The states on shortest schedules to a target, level by level, with how to go on from each.
///
/// A state is in the slice if one of its successors is. So the levels are expanded once more, from
/// the target back. The cost of a schedule is its number of context switches: all have the same
/// number of steps. What the levels know of that (`WayOn`) is kept of as many as the memory allows,
/// of each fourth at least; in between, the few states that are looked at on the way forward are
/// expanded again.
final class ScheduleSlice: BackwardSlice, @unchecked Sendable {
  // Unchecked: `levels` changes between the parallel passes only.

  private let search: FastSearch
  let target: TraceTarget
  private let actorCount: Int
  /// By depth, once they are there.
  private var levels: [SliceLevel?]
  /// The level to work on and what is known of its states' switches.
  private var range = 0...0

  /// The rows of levels whose depth is no multiple of it are dropped.
  private var interval = 1
  private static let widestInterval = 4

  /// The bytes that all may take, and those that rows may take that are kept.
  private let room: Int
  private let roomForKept: Int
  private let markBytes: Int
  private var keptBytes = 0

  /// Ways on from states whose level has lost its rows, by their positions.
  private var found: [Int: WayOn] = [:]

  init(_ search: FastSearch, _ target: TraceTarget, room: Int) {
    self.search = search
    self.target = target
    self.room = room
    actorCount = search.system.actors.count
    levels = Array(repeating: nil, count: target.depth + 1)
    markBytes = Self.markBytes(of: search, to: target)
    roomForKept = min(
      room / 4, max(1 << 20, search.statistics.visited * search.table.wordCount / 2))
  }

  /// The cheapest schedule; among equals, the first by its initial state and its moves. Nil where a
  /// limit was reached.
  func schedule() -> Schedule? {
    markBytes <= room && addLevels() ? best() : nil
  }

  // MARK: Back from the target

  func addEnd() -> Bool {
    guard search.hasLevel(target.depth) else { return false }
    let isTarget = search.stateTest(target)
    return fill(target.depth, switches: 0...0, isEnd: true) { chunk, worker, ways in
      for position in chunk
      where isTarget(position, worker.state(at: position), worker) {
        ways[position - chunk.lowerBound] = .end
      }
    }
  }

  func addLevelBeforeTrouble(_ trouble: TroubleTest) -> Bool {
    fill(target.depth - 1, switches: 0...0) { chunk, worker, ways in
      for position in chunk {
        let state = worker.state(at: position)
        worker.forEachStep(of: state, with: trouble) { _, actor in
          ways[position - chunk.lowerBound].add(0, by: actor)
        }
      }
    }
  }

  func addLevel(_ depth: Int) -> Bool {
    let next = levels[depth + 1]!
    let switches = range.lowerBound...(range.upperBound + (next.isEnd ? 0 : 1))
    let isDone = fill(depth, switches: switches) { chunk, worker, ways in
      worker.forEachEdge(outOf: chunk, into: next.positions) { edge in
        if !next.contains(edge.target) { return }
        let way = next.way(from: edge.target).unsafelyUnwrapped
        ways[edge.source - chunk.lowerBound].add(
          way.switches(after: edge.mover), by: search.table.actor(of: edge.alternative))
      }
    }
    if isDone { thin(above: depth) }
    return isDone
  }

  /// Makes a level.
  ///
  /// - Parameter find: notes, for each state of a chunk, how to go on from it.
  /// - Returns: false where a limit was reached.
  private func fill(
    _ depth: Int, switches: ClosedRange<Int>, isEnd: Bool = false,
    _ find: @Sendable (Range<Int>, borrowing Worker, UnsafeMutableBufferPointer<WayOn>) -> Void
  ) -> Bool {
    let positions = search.level(depth)
    guard
      let level = SliceLevel(
        positions, actorCount: actorCount, switches: switches, isEnd: isEnd)
    else { return false }
    let (search, room) = (search, room - markBytes - keptBytes)
    let range = Mutex<(least: Int, most: Int)>((.max, 0))
    search.forEachChunk(of: positions) { chunk, worker in
      if search.stop.reached != nil || level.bytes > room { return }
      withUnsafeTemporaryAllocation(of: WayOn.self, capacity: chunk.count) { ways in
        ways.initialize(repeating: .none)
        find(chunk, worker, ways)
        level.set(from: chunk.lowerBound, UnsafeBufferPointer(ways))
        var (least, most) = (Int.max, 0)
        for way in ways where way.movers != 0 {
          (least, most) = (min(least, way.switches), max(most, way.switches))
        }
        range.withLock { $0 = (min($0.least, least), max($0.most, most)) }
      }
    }
    if search.stop.reached != nil || level.bytes > room { return false }
    keptBytes += level.bytes
    levels[depth] = level
    let (least, most) = range.withLock { $0 }
    // The search came to the target from some state of the level.
    if least > most { Trap.raiseUnrepeatable() }
    self.range = least...most
    return true
  }

  /// Drops the rows of levels above a depth as the memory for them asks.
  private func thin(above depth: Int) {
    if (depth + 1) % interval != 0 { dropRows(depth + 1) }
    while keptBytes > roomForKept && interval < Self.widestInterval {
      interval *= 2
      for depth in (depth + 1)...target.depth where depth % interval != 0 { dropRows(depth) }
    }
  }

  private func dropRows(_ depth: Int) {
    guard let level = levels[depth] else { return }
    keptBytes -= level.bytes
    level.dropRows()
  }

  // MARK: Forward

  /// Goes by the system's own states, whichever stand for them in the store.
  private func best() -> Schedule {
    let start = cheapestInitialState
    var moves: [Move] = []
    var state = search.initialStates[start]
    for depth in 0..<(target.depth - (target.trouble == nil ? 0 : 1)) {
      let edges = edges(outOf: state, depth)
      let switches = edges.map { edge, _ in
        let actor = search.table.actor(of: edge.alternative)
        let isSwitch = moves.last.map { $0.actor != actor } ?? false
        return way(from: edge.target, depth + 1).switches(after: edge.mover) + (isSwitch ? 1 : 0)
      }
      let chosen = edges[switches.firstIndex(of: Trap.foundAgain(switches.min()))!]
      moves.append(search.table.moves[chosen.0.alternative])
      state = chosen.1
    }
    if let trouble = target.trouble {
      moves.append(search.lastMove(from: state, trouble, after: moves.last))
    }
    return Schedule(initialState: start, moves: moves)
  }

  /// The first of the initial states from which the least is to be paid.
  private var cheapestInitialState: Int {
    let level = levels[0]!
    let switches = search.initialStates.map { state -> Int? in
      let position = Trap.foundAgain(search.position(of: state))
      return level.contains(position) ? level.way(from: position)!.switches : nil
    }
    return switches.firstIndex(of: Trap.foundAgain(switches.compactMap(\.self).min()))!
  }

  /// The steps out of a state that stay in the slice, in their order, with the states they lead to.
  private func edges(outOf state: [UInt64], _ depth: Int) -> [(Worker.Edge, [UInt64])] {
    state.withUnsafeBufferPointer { edges(outOf: $0.baseAddress!, depth) }
  }

  private func edges(
    outOf state: UnsafePointer<UInt64>, _ depth: Int
  ) -> [(Worker.Edge, [UInt64])] {
    let next = levels[depth + 1]!
    var edges: [(Worker.Edge, [UInt64])] = []
    search.workers[0].forEachEdge(outOf: state, into: next.positions) { edge, state in
      if next.contains(edge.target) { edges.append((edge, state)) }
    }
    return edges
  }

  /// How to go on from a state of the slice.
  private func way(from position: Int, _ depth: Int) -> WayOn {
    if let way = levels[depth]!.way(from: position) ?? found[position] { return way }
    var way = WayOn.none
    let state = search.workers[0].state(at: position)
    if let trouble = target.trouble, depth + 1 == target.depth {
      search.workers[0].forEachStep(of: state, with: trouble) { way.add(0, by: $1) }
    } else {
      for (edge, _) in edges(outOf: state, depth) {
        way.add(
          self.way(from: edge.target, depth + 1).switches(after: edge.mover),
          by: search.table.actor(of: edge.alternative))
      }
    }
    found[position] = way
    return way
  }
}
