import ModelChecking

/// Which values cells and registers can have, found by running every step with every combination of the
/// values known so far, until nothing new comes up. From that follow the bits of a state and the fields that
/// a step can touch.
///
/// A count that steps raise without a loop can be raised as often as there are such steps, and no further:
/// each value knows how many of them it takes.
struct ValueSets {
  /// A value, and how many steps that make new values it took at least.
  typealias Values = [Int: Int]

  /// An actor with how often it is there.
  struct Member {
    let settled: Settled
    let times: Int
    /// Variables that keep their values at the end, and have 0 at first.
    let observed: Set<Int>
  }

  /// More values are refused, where no range is declared.
  static let mostValues = 200
  /// More combinations of a step are refused.
  private static let mostRuns = 60_000
  /// The same for all steps together.
  private static let mostRunsTogether = 400_000

  let memory: Memory
  let members: [Member]
  /// By cell.
  private(set) var cells: [Values]
  /// By actor, location and variable.
  private(set) var registers: [[[Int: Values]]]
  /// By actor, location and the number of a step there: the cells that it touches.
  private(set) var touched: [[[Set<Int>]]]
  private(set) var isReached: [[Bool]]
  private(set) var diagnostics = Diagnostics()
  /// Cells whose values came to be too many, which have the range that the vocabulary gives.
  private(set) var ranges: [ClosedRange<Int>?]
  /// Counts changes. By cell, and by actor and location for its registers: the last change.
  private var clock = 1
  private var cellChanges: [Int]
  private var registerChanges: [[Int]]
  /// By actor and location: when it was last visited, and which cells it looked at then.
  private var visits: [[(clock: Int, cells: Set<Int>)]]
  private var mostSteps = 0
  private var isInLoop: [[Bool]] = []
  private var hasChanged = false
  private var runs = 0

  init(_ memory: Memory, _ members: [Member]) {
    self.memory = memory
    self.members = members
    ranges = memory.cells.map(\.range)
    cells = memory.cells.map { [$0.initial: 0] }
    cellChanges = memory.cells.map { _ in 1 }
    registerChanges = members.map { $0.settled.locations.map { _ in 1 } }
    visits = members.map { $0.settled.locations.map { _ in (0, []) } }
    registers = members.map { $0.settled.locations.map { _ in [:] } }
    touched = members.map {
      $0.settled.locations.map { Array(repeating: [], count: $0.ways.stepCount) }
    }
    isReached = members.map { Array(repeating: false, count: $0.settled.locations.count) }
    isInLoop = members.map { Self.loops(in: $0.settled) }
    mostSteps = zip(members, isInLoop).reduce(0) { sum, pair in
      let (member, loops) = pair
      let making = zip(member.settled.locations, loops).count { !$1 && $0.ways.makesValues }
      return sum + making * member.times
    }
  }

  mutating func run() {
    for (number, member) in members.enumerated() where !member.settled.locations.isEmpty {
      isReached[number][0] = true
      for variable in member.settled.locations[0].carried {
        registers[number][0][variable] = [0: 0]
      }
    }
    repeat {
      hasChanged = false
      for (member, locations) in isReached.enumerated() {
        for location in locations.indices where isReached[member][location] {
          if isDue(member, location) { visit(member, location) }
          if !diagnostics.isEmpty { return }
        }
      }
    } while hasChanged
  }

  /// Whether something that a location looks at has changed since it was visited.
  private func isDue(_ member: Int, _ location: Int) -> Bool {
    let (visited, cells) = visits[member][location]
    return registerChanges[member][location] > visited
      || cells.contains { cellChanges[$0] > visited }
  }

  private mutating func noteChange() -> Int {
    hasChanged = true
    clock += 1
    return clock
  }

  // MARK: One location

  private mutating func visit(_ member: Int, _ location: Int) {
    let place = members[member].settled.locations[location]
    var odometer = Odometer()
    // What is new is added when all combinations were tried, which must not change meanwhile.
    var effects: [Effect] = []
    visits[member][location] = (clock, [])
    repeat {
      let made = self.run(member, location, &odometer)
      effects += made.effects
      visits[member][location].cells.formUnion(made.cells)
      runs += 1
      if odometer.runs > Self.mostRuns || runs > Self.mostRunsTogether {
        diagnostics.report(
          "a step here depends on too many values together: give its variables smaller ranges, as 'in 0..3'",
          at: place.spot)
        return
      }
    } while odometer.advance()
    for effect in effects {
      apply(effect, member, location, place)
      if !diagnostics.isEmpty { return }
    }
  }

  /// What one combination of values does. The run is over when its effects are applied.
  private func run(
    _ member: Int, _ location: Int, _ odometer: inout Odometer
  ) -> (effects: [Effect], cells: [Int]) {
    var run = ValueRun(self, member, location, odometer)
    run.go(members[member].settled.locations[location].ways)
    odometer = run.odometer
    return (run.effects, run.cellsSeen)
  }

  enum Effect {
    case reach(Int)
    case register(location: Int, variable: Int, value: Int, steps: Int)
    case cell(Int, value: Int, steps: Int, line: SourceLine, spot: Spot)
    case touch(step: Int, cell: Int)
  }

  /// Whether values, one of which this is, are more than can be told one by one.
  private func isBeyondCounting(_ value: Int, of count: Int) -> Bool {
    count > Self.mostValues || value.magnitude > 1 << 44
  }

  private mutating func apply(
    _ effect: Effect, _ member: Int, _ location: Int, _ place: Settled.Location
  ) {
    switch effect {
    case .reach(let target):
      if !isReached[member][target] {
        isReached[member][target] = true
        hasChanged = true
      }
    case .touch(let step, let cell):
      touched[member][location][step].insert(cell)
    case .register(let target, let variable, let value, let steps):
      let declaration = members[member].settled.variables[variable]
      if let range = declaration.range, !range.contains(value) { return }
      let isNew = Self.add(value, steps, to: &registers[member][target][variable, default: [:]])
      if isNew { registerChanges[member][target] = noteChange() }
      let count = registers[member][target][variable]?.count ?? 0
      if declaration.range == nil && isBeyondCounting(value, of: count) {
        diagnostics.report(
          "which values '\(declaration.name)' can have is not known: say it where it is declared, 'int "
            + "\(declaration.name) in 0..7'", at: declaration.spot)
      }
    case .cell(let cell, let value, let steps, let line, _):
      if let range = ranges[cell], !range.contains(value) { return }
      if ranges[cell] == nil && steps > mostSteps { return }
      if ranges[cell] == nil, let fallback = memory.cells[cell].fallback, !fallback.contains(value)
      {
        // It can be anything of the vocabulary's range, and what is beyond that is a fault.
        ranges[cell] = fallback
        // What was left out before counts now.
        let change = noteChange()
        for member in registerChanges.indices {
          for place in registerChanges[member].indices { registerChanges[member][place] = change }
        }
        return
      }
      if Self.add(value, steps, to: &cells[cell]) { cellChanges[cell] = noteChange() }
      if ranges[cell] == nil && isBeyondCounting(value, of: cells[cell].count) {
        let name = memory.cells[cell].name
        let isCounted = isInLoop[member][location]
        diagnostics.report(
          value < -1 << 62
            ? "'\(name)' gets bit 63, at line \(line.line), and numbers of 2^63 and more are not understood: use a "
              + "lower bit"
            : "which values '\(name)' can have is not known: "
              + (isCounted
                ? "it grows in a loop, at line \(line.line)"
                : "they are too many or too large, at line \(line.line)")
              + "; say it where it is declared, 'in 0..7'", at: memory.cells[cell].spot)
      }
    }
  }

  private static func add(_ value: Int, _ steps: Int, to values: inout Values) -> Bool {
    if let known = values[value], known <= steps { return false }
    values[value] = steps
    return true
  }

  // MARK: Loops

  /// By location: whether the actor can come back to it.
  private static func loops(in settled: Settled) -> [Bool] {
    let nexts = settled.locations.map { $0.ways.targets }
    let count = nexts.count
    var isInLoop = [Bool](repeating: false, count: count)
    // Strongly connected components, by Tarjan, without recursion.
    var index = [Int](repeating: -1, count: count)
    var low = [Int](repeating: 0, count: count)
    var isOnStack = [Bool](repeating: false, count: count)
    var stack: [Int] = []
    var next = 0
    var work: [(node: Int, edge: Int)] = []
    for start in 0..<count where index[start] < 0 {
      work.append((start, 0))
      while let (node, edge) = work.last {
        if edge == 0 {
          index[node] = next
          low[node] = next
          next += 1
          stack.append(node)
          isOnStack[node] = true
        }
        if edge < nexts[node].count {
          work[work.count - 1].edge += 1
          let target = nexts[node][edge]
          if index[target] < 0 {
            work.append((target, 0))
          } else if isOnStack[target] {
            low[node] = min(low[node], index[target])
          }
          continue
        }
        work.removeLast()
        if let parent = work.last?.node { low[parent] = min(low[parent], low[node]) }
        if low[node] == index[node] {
          var members: [Int] = []
          while let top = stack.popLast() {
            isOnStack[top] = false
            members.append(top)
            if top == node { break }
          }
          if members.count > 1 || nexts[node].contains(node) {
            for member in members { isInLoop[member] = true }
          }
        }
      }
    }
    return isInLoop
  }

  func isInLoop(_ member: Int, _ location: Int) -> Bool { isInLoop[member][location] }
}
