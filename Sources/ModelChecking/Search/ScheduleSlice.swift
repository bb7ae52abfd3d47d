import Synchronization

/// The states on shortest schedules to a target, with what each costs from there.
///
/// The cost of a schedule is its number of context switches: all have the same number of steps.
final class ScheduleSlice: @unchecked Sendable {
  // Unchecked: `levels` changes between the parallel passes only.

  private typealias Cost = UInt32
  private static let none = Cost.max

  /// The states of one level in the slice: by position, the least cost if an actor moves first.
  private struct Level {
    var rows: [Int: Int] = [:]
    var costs: [Cost] = []
  }

  private let search: FastSearch
  private let target: TraceTarget
  private let actorCount: Int
  private let isLast: (Trouble, [UInt64]) -> Bool
  private var levels: [Int: Level] = [:]

  init(_ search: FastSearch, _ target: TraceTarget) {
    self.search = search
    self.target = target
    actorCount = search.system.actors.count
    isLast = search.lastStepTest(target)
  }

  /// Adds the states of `depth` that have a successor in the slice. Levels are added from the
  /// deepest up.
  func addLevel(_ depth: Int) {
    let found = Mutex(Level())
    search.forEachChunk(of: search.level(depth)) { chunk, worker in
      var part = Level()
      var row = [Cost](repeating: Self.none, count: actorCount)
      for position in chunk {
        for actor in row.indices { row[actor] = Self.none }
        var isInSlice = false
        worker.forEachSuccessor(of: search.store.index.state(at: position)) {
          _, actor, trouble, state in
          let cost = cost(after: actor, trouble, state, depth)
          row[actor] = min(row[actor], cost)
          isInSlice = isInSlice || cost != Self.none
        }
        if isInSlice {
          part.rows[position] = part.costs.count
          part.costs += row
        }
      }
      found.withLock { level in
        let offset = level.costs.count
        level.costs += part.costs
        level.rows.merge(part.rows.mapValues { $0 + offset }) { a, _ in a }
      }
    }
    levels[depth] = found.withLock { $0 }
  }

  /// The cheapest schedule; among equals, the first by its moves.
  func best() -> Schedule {
    let start = cheapestInitialState
    var moves: [Move] = []
    var position = start
    for depth in 0..<target.depth {
      var least = Self.none
      var chosen: (move: Move, next: Int?)?
      search.workers[0].forEachSuccessor(of: search.store.index.state(at: position)) {
        alternative, actor, trouble, state in
        var cost = cost(after: actor, trouble, state, depth)
        if cost == Self.none { return }
        if let last = moves.last, last.actor != actor { cost += 1 }
        if cost < least {
          least = cost
          let next = depth + 1 < target.depth ? search.find(state) : nil
          chosen = (search.table.moves[alternative], next)
        }
      }
      guard let chosen else { break }
      moves.append(chosen.move)
      position = chosen.next ?? 0
    }
    return Schedule(initialState: start, moves: moves)
  }

  /// The first of the initial states from which the least is to be paid.
  private var cheapestInitialState: Int {
    guard let level = levels[0] else { return 0 }
    let costs = search.level(0).map { position -> Cost in
      guard let row = level.rows[position] else { return Self.none }
      return level.costs[row..<(row + actorCount)].min() ?? Self.none
    }
    return costs.firstIndex(of: costs.min() ?? 0) ?? 0
  }

  /// The least number of context switches after `actor` took a step from `depth` to `state`.
  private func cost(
    after actor: Int, _ trouble: Trouble, _ state: UnsafePointer<UInt64>, _ depth: Int
  ) -> Cost {
    if depth + 1 == target.depth {
      let words = UnsafeBufferPointer(start: state, count: search.table.wordCount)
      return isLast(trouble, Array(words)) ? 0 : Self.none
    }
    guard !trouble.isFatal(in: search.system), let level = levels[depth + 1],
      let position = search.find(state),
      let row = level.rows[position]
    else { return Self.none }
    var least = Self.none
    for next in 0..<actorCount where level.costs[row + next] != Self.none {
      least = min(least, level.costs[row + next] + (next == actor ? 0 : 1))
    }
    return least
  }
}
