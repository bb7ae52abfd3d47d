/// The states on shortest schedules to a target where several ranks have them: what `ScheduleSlice` is to one.
///
/// The ranks go back together, level by level. Of each step out of its states a rank asks the owner of the state
/// that it leads to how to go on from there. On the way forward all go the same way, and each tells of what it
/// owns. So the schedule is that which one rank would find.
final class SharedSlice: BackwardSlice {
  private let search: FastSearch
  let target: TraceTarget
  private let peers: any Peers
  private let mailbox: Mailbox
  /// By depth, once they are there: this rank's share.
  private var levels: [SliceLevel?]
  /// What is known of the switches of the last level's states, on all ranks.
  private var range = 0...0
  /// The bytes that all may take, and those that are taken.
  private let room: Int
  private var bytes: Int

  init(_ search: FastSearch, _ target: TraceTarget, room: Int, _ peers: any Peers) {
    self.search = search
    self.target = target
    self.room = room
    self.peers = peers
    mailbox = search.mailbox!
    levels = Array(repeating: nil, count: target.depth + 1)
    bytes = Self.markBytes(of: search, to: target)
  }

  /// The cheapest schedule; among equals, the first by its initial state and its moves. Nil where a limit was
  /// reached on one or other rank. Collective.
  func schedule() -> Schedule? {
    peers.all(bytes <= room) && addLevels() ? best() : nil
  }

  // MARK: Back from the target

  private typealias Ways = UnsafeMutableBufferPointer<WayOn>

  func addEnd() -> Bool {
    guard search.hasLevel(target.depth) else { return false }
    let isTarget = search.stateTest(target)
    return fill(target.depth, switches: 0...0, isEnd: true) { chunk, ways in
      for (number, position) in chunk.enumerated() {
        if isTarget(position, search.workers[0].state(at: position), search.workers[0]) {
          ways[number] = .end
        }
      }
    }
  }

  func addLevelBeforeTrouble(_ trouble: TroubleTest) -> Bool {
    fill(target.depth - 1, switches: 0...0) { chunk, ways in
      for (number, position) in chunk.enumerated() {
        let state = search.workers[0].state(at: position)
        search.workers[0].forEachStep(of: state, with: trouble) { _, actor in
          ways[number].add(0, by: actor)
        }
      }
    }
  }

  func addLevel(_ depth: Int) -> Bool {
    let isEnd = levels[depth + 1]!.isEnd
    let switches = range.lowerBound...(range.upperBound + (isEnd ? 0 : 1))
    return fill(depth, switches: switches) { chunk, ways in askForWays(chunk, depth, ways) }
  }

  /// Makes a level, as many states at a time on each rank.
  ///
  /// - Parameter find: notes, for each state of a chunk, how to go on from it. All ranks call it as often.
  /// - Returns: false where a limit was reached.
  private func fill(
    _ depth: Int, switches: ClosedRange<Int>, isEnd: Bool = false,
    _ find: (Range<Int>, Ways) -> Void
  ) -> Bool {
    let positions = search.level(depth)
    guard
      let level = SliceLevel(
        positions, actorCount: search.system.actors.count, switches: switches, isEnd: isEnd)
    else { return false }
    let size = SliceLevel.chunkSize
    var (least, most) = (Int.max, 0)
    var isOver = false
    for round in 0..<peers.most((positions.count + size - 1) / size) {
      let first = min(positions.lowerBound + round * size, positions.upperBound)
      isOver = isOver || search.stop.reached != nil || bytes + level.bytes > room
      let chunk = first..<(isOver ? first : min(first + size, positions.upperBound))
      withUnsafeTemporaryAllocation(of: WayOn.self, capacity: chunk.count) { ways in
        ways.initialize(repeating: .none)
        find(chunk, ways)
        if chunk.isEmpty { return }
        level.set(from: first, UnsafeBufferPointer(ways))
        for way in ways where way.movers != 0 {
          (least, most) = (min(least, way.switches), max(most, way.switches))
        }
      }
    }
    bytes += level.bytes
    if peers.any(isOver || bytes > room) { return false }
    levels[depth] = level
    let ranges = peers.gather([UInt64(least), UInt64(most)])
    (least, most) = (Int(ranges.map { $0[0] }.min()!), Int(ranges.map { $0[1] }.max()!))
    // The search came to the target from some state of the level.
    if least > most { Trap.raiseUnrepeatable() }
    range = least...most
    return true
  }

  /// A step out of a state of a chunk.
  private struct Asker {
    let state: Int
    let actor: Int
    /// What the actor is called where the step leads.
    let mover: Int
  }

  private func askForWays(_ chunk: Range<Int>, _ depth: Int, _ ways: Ways) {
    var questions = Array(repeating: [UInt64](), count: peers.count)
    var askers = Array(repeating: [Asker](), count: peers.count)
    let wordCount = search.table.wordCount
    for (number, position) in chunk.enumerated() {
      let state = search.workers[0].state(at: position)
      search.workers[0].forEachNamedSuccessor(of: state) { alternative, _, target, mover in
        let owner = mailbox.owner(of: target, wordCount: wordCount)
        questions[owner] += UnsafeBufferPointer(start: target, count: wordCount)
        let actor = search.table.actor(of: alternative)
        askers[owner].append(Asker(state: number, actor: actor, mover: mover))
      }
    }
    let answers = peers.exchange(questions).map { ownWays(fromEachOf: $0, depth + 1) }
    for (askers, answers) in zip(askers, peers.exchange(answers)) {
      for (number, asker) in askers.enumerated() {
        guard let way = Self.way(answers[(2 * number)...]) else { continue }
        ways[asker.state].add(way.switches(after: asker.mover), by: asker.actor)
      }
    }
  }

  // MARK: Ways in words

  /// How to go on from some states, two words each; 0 where that is not for this rank to know, or nothing is.
  private func ownWays(fromEachOf states: [UInt64], _ depth: Int) -> [UInt64] {
    let level = levels[depth]!
    return states.withUnsafeBufferPointer { states in
      stride(from: 0, to: states.count, by: search.table.wordCount).flatMap { first -> [UInt64] in
        guard let position = search.find(states.baseAddress! + first),
          level.positions.contains(position), level.contains(position),
          let way = level.way(from: position)
        else { return [0, 0] }
        return [way.movers, UInt64(way.switches)]
      }
    }
  }

  private static func way(_ words: ArraySlice<UInt64>) -> WayOn? {
    let (movers, switches) = (words[words.startIndex], words[words.startIndex + 1])
    return movers == 0 ? nil : WayOn(switches: Int(switches), movers: movers)
  }

  /// How to go on from states that all ranks ask for; nil of those that are not in the slice.
  private func ways(from states: [[UInt64]], _ depth: Int) -> [WayOn?] {
    let words = peers.union(ownWays(fromEachOf: states.flatMap(\.self), depth))
    return states.indices.map { Self.way(words[(2 * $0)...]) }
  }

  // MARK: Forward

  /// Goes by the system's own states, whichever stand for them in the stores.
  private func best() -> Schedule {
    let first = ways(from: search.initialStates.map(search.canonical), 0).map { $0?.switches }
    let start = first.firstIndex(of: Trap.foundAgain(first.compactMap(\.self).min()))!
    var moves: [Move] = []
    var state = search.initialStates[start]
    for depth in 0..<(target.depth - (target.trouble == nil ? 0 : 1)) {
      let steps = state.withUnsafeBufferPointer { state in
        var steps: [(alternative: Int, mover: Int, target: [UInt64], canonical: [UInt64])] = []
        search.workers[0].forEachNamedSuccessor(of: state.baseAddress!) {
          alternative, target, canonical, mover in
          steps.append((alternative, mover, search.words(target), search.words(canonical)))
        }
        return steps
      }
      let switches = zip(steps, ways(from: steps.map(\.canonical), depth + 1)).map { step, way in
        way.map { way in
          let actor = search.table.actor(of: step.alternative)
          let isSwitch = moves.last.map { $0.actor != actor } ?? false
          return way.switches(after: step.mover) + (isSwitch ? 1 : 0)
        }
      }
      let least = Trap.foundAgain(switches.compactMap(\.self).min())
      let chosen = steps[switches.firstIndex(of: least)!]
      moves.append(search.table.moves[chosen.alternative])
      state = chosen.target
    }
    if let trouble = target.trouble {
      moves.append(search.lastMove(from: state, trouble, after: moves.last))
    }
    return Schedule(initialState: start, moves: moves)
  }
}
