import ModelChecking

/// Makes the locations of an actor from its flow.
///
/// It follows the flow from one access to the next and keeps in mind what local variables are worth by then.
/// What is known beforehand (the page that a function was called with) stays with the location, so that its
/// step is about that page; the rest goes into registers. What nobody wants any more is set back, so that
/// states that only differ in it are one.
struct Settling {
  private struct Key: Hashable {
    let node: Int
    /// Variables whose value is known there.
    let known: [Int: Int]
    /// Whether branches are decided by registers there: at the start, where the environment chooses, behind
    /// a step of the engine's.
    let asks: Bool
  }

  private typealias Environment = [Int: Term]
  private typealias Write = (address: Term, term: Term)

  private let flow: Flow
  private let liveness: Liveness
  /// Variables that had too many known values, as counters without a bound: they are registers.
  private var counters: Set<Int>
  /// By variable: its known values, and whether there are too many.
  private var knownValues: [Int: Set<Int>] = [:]
  private var hasNewCounters = false
  private var keys: [Key: Int] = [:]
  private var order: [Key] = []
  private var settled = Settled()
  private(set) var diagnostics = Diagnostics()
  /// What is known where the steps begin that are being made.
  private var knownHere: [Int: Int] = [:]
  /// How much was followed since the last access.
  private var length = 0
  private var isTooLong = false
  /// How deep choices of the environment stand in one another where something is followed.
  private var choices = 0

  /// A variable that would stay known with more values than this becomes a register.
  private static let mostKnownValues = 64
  /// How often it is begun again for single variables.
  private static let mostRestarts = 20
  /// More locations are refused.
  static let mostLocations = 20_000
  /// More nodes between two accesses are refused.
  private static let mostBetween = 4_000

  private init(_ flow: Flow, _ liveness: Liveness, counters: Set<Int>) {
    self.flow = flow
    self.liveness = liveness
    self.counters = counters
  }

  static func settle(_ flow: Flow, _ diagnostics: inout Diagnostics) -> Settled {
    let liveness = Liveness(flow)
    var settling = Settling(flow, liveness, counters: flow.observed)
    settling.run()
    // Each time there is one variable more that is a register, so this ends; and soon, as all numbers are
    // where many have to be.
    var restarts = 0
    while settling.hasNewCounters {
      restarts += 1
      if restarts == Self.mostRestarts {
        settling.counters.formUnion(
          flow.variables.indices.filter { flow.variables[$0].type.isNumber })
      }
      settling = Settling(flow, liveness, counters: settling.counters)
      settling.run()
    }
    diagnostics.report(contentsOf: settling.diagnostics)
    return settling.settled
  }

  private mutating func run() {
    settled.variables = flow.variables
    for variable in liveness.variables(at: flow.start) {
      let declaration = flow.variables[variable]
      if declaration.type != .unknown && !flow.observed.contains(variable) && !flow.beginsWithZero {
        diagnostics.report(
          "'\(declaration.name)' may be used before it has a value", at: declaration.spot)
      }
    }
    _ = location(startKey())
    while settled.locations.count < order.count && diagnostics.isEmpty && !hasNewCounters {
      if order.count > Self.mostLocations {
        // Fewer variables that stay known make fewer places.
        let more = Set(knownValues.filter { $0.value.count > 4 }.keys).subtracting(counters)
        if !more.isEmpty {
          counters.formUnion(more)
          hasNewCounters = true
          return
        }
        diagnostics.report(
          "the actor has more than \(Self.mostLocations) places: 'choose' over less, or call less",
          at: spot(of: order[order.count - 1].node))
        return
      }
      settle(order[settled.locations.count])
    }
  }

  /// Where the actor starts: behind what is done on local variables first, where that leaves known values.
  private mutating func startKey() -> Key {
    let (node, environment, writes) = advanced(from: flow.start, [:], [])
    let live = liveness.variables(at: node)
    let known = live.reduce(into: [:]) { known, variable in
      known[variable] = environment[variable]?.value
    }
    let isSettled = live.allSatisfy { known[$0] != nil && !counters.contains($0) } && writes.isEmpty
    return isSettled
      ? Key(node: node, known: known, asks: asks(at: node))
      : Key(node: flow.start, known: [:], asks: true)
  }

  /// Goes on over what is no access and no question that registers decide.
  private mutating func advanced(
    from node: Int, _ environment: Environment, _ writes: [Write]
  ) -> (node: Int, environment: Environment, writes: [Write]) {
    var (node, environment, writes) = (node, environment, writes)
    for _ in 0..<Self.mostBetween {
      switch flow.nodes[node] {
      case .jump(let next): node = next
      case .assign(let variable, let term, let next):
        environment[variable] = substitute(term, environment, writes)
        node = next
      case .branch(let term, let question, let yes, let no):
        guard let value = substitute(term, environment, writes).value else {
          return (node, environment, writes)
        }
        note(question, at: node, yes: value != 0, no: value == 0)
        node = value != 0 ? yes : no
      case .assertion(let statement, let term, let next)
      where isMet(statement, substitute(term, environment, writes)):
        node = next
      case .write(let address, let term, let next):
        writes.append(
          (substitute(address, environment, writes), substitute(term, environment, writes)))
        node = next
      default: return (node, environment, writes)
      }
    }
    return (node, environment, writes)
  }

  /// Notes which answers a question of the file's may get at a node.
  private mutating func note(_ question: Flow.Question?, at node: Int, yes: Bool, no: Bool) {
    guard let question, question.isOfVariable else { return }
    var answers = settled.answers[node] ?? Settled.Answers(question: question)
    answers.mayBeYes = answers.mayBeYes || yes
    answers.mayBeNo = answers.mayBeNo || no
    settled.answers[node] = answers
  }

  /// Whether what is at a node is decided by registers.
  private func asks(at node: Int) -> Bool {
    switch flow.nodes[node] {
    case .access, .finish: false
    default: true
    }
  }

  private mutating func location(_ key: Key) -> Int {
    if let known = keys[key] { return known }
    keys[key] = order.count
    order.append(key)
    return order.count - 1
  }

  private func carried(at key: Key) -> [Int] {
    liveness.variables(at: key.node).filter { key.known[$0] == nil }
  }

  private func spot(of node: Int) -> Spot {
    switch flow.nodes[node] {
    case .access(let access, _): access.spot
    default: .nowhere
    }
  }

  private mutating func settle(_ key: Key) {
    length = 0
    isTooLong = false
    let environment = key.known.mapValues { Term.constant($0) }
    knownHere = key.known
    let source = carried(at: key)
    let ways: Settled.Ways
    if key.asks {
      ways = follow(key.node, environment, [], from: source)
    } else {
      ways = self.ways(at: key.node, environment, [], from: source)
    }
    settled.locations.append(
      Settled.Location(ways: ways, carried: source, spot: spot(of: key.node)))
  }

  /// Notes that something is followed; false where it doesn't end.
  private mutating func goOn(at node: Int) -> Bool {
    length += 1
    if length <= Self.mostBetween { return true }
    if !isTooLong {
      isTooLong = true
      diagnostics.report(
        "a loop takes no step, or more than \(Self.mostBetween) things happen in one: 'cpu_relax()' in a loop is "
          + "a step", at: nearestSpot(node))
    }
    return false
  }

  /// Where a loop without an access stands: at a variable that it assigns.
  private func nearestSpot(_ node: Int) -> Spot {
    var place = node
    for _ in 0..<64 {
      switch flow.nodes[place] {
      case .assign(let variable, _, _): return flow.variables[variable].spot
      case .access(let access, _): return access.spot
      case let other:
        guard let next = other.nexts.first else { return .nowhere }
        place = next
      }
    }
    return .nowhere
  }

  private func substitute(
    _ term: Term, _ environment: Environment, _ writes: [Write] = []
  ) -> Term {
    term.substituting(
      { environment[$0] },
      cell: { address in
        // What was stored before in the same step is what is there.
        for write in writes.reversed() where write.address == address { return write.term }
        return .cell(address)
      })
  }

  // MARK: Where registers decide

  private mutating func follow(
    _ node: Int, _ environment: Environment, _ writes: [Write], from source: [Int]
  ) -> Settled.Ways {
    guard goOn(at: node) else { return .finish }
    switch flow.nodes[node] {
    case .jump(let next): return follow(next, environment, writes, from: source)
    case .assign(let variable, let term, let next):
      var environment = environment
      environment[variable] = substitute(term, environment, writes)
      return follow(next, environment, writes, from: source)
    case .branch(let term, let question, let yes, let no):
      let asked = substitute(term, environment, writes)
      note(question, at: node, yes: asked.value != 0, no: (asked.value ?? 0) == 0)
      if let value = asked.value {
        return follow(value != 0 ? yes : no, environment, writes, from: source)
      }
      let then = follow(yes, environment, writes, from: source)
      return .branch(
        asked, question: question, node: node, then,
        follow(no, environment, writes, from: source))
    case .write(let address, let term, let next):
      let write = (substitute(address, environment), substitute(term, environment, writes))
      return follow(next, environment, writes + [write], from: source)
    case .choose(let variable, let values, let next):
      choices += 1
      defer { choices -= 1 }
      return .choose(
        values.map { value in
          var environment = environment
          environment[variable] = .constant(value)
          return follow(next, environment, writes, from: source)
        })
    case .either(let ways):
      choices += 1
      defer { choices -= 1 }
      return .choose(ways.map { follow($0, environment, writes, from: source) })
    case .assertion(let statement, let term, let next)
    where isMet(statement, substitute(term, environment, writes)):
      return follow(next, environment, writes, from: source)
    case .access, .assertion, .finish: return ways(at: node, environment, writes, from: source)
    }
  }

  /// Whether nothing need be told of an assertion, which fires where a term is true.
  private func isMet(_ statement: Flow.Statement, _ fires: Term) -> Bool {
    statement.isImplied && fires.value == 0
  }

  /// What there is to do at a node where the actor waits.
  private mutating func ways(
    at node: Int, _ environment: Environment, _ writes: [Write], from source: [Int]
  ) -> Settled.Ways {
    switch flow.nodes[node] {
    case .access(let access, let next):
      var own = access.mapping { substitute($0, environment) }
      own.claims.removeAll { isMet($0.statement, .making(not: $0.holds)) }
      if case .engine = access.kind {
        func leaf(_ answer: Int?, _ settling: inout Settling) -> Settled.Leaf {
          var after = environment
          if let answer, let result = access.result { after[result] = .constant(answer) }
          let end = settling.advanced(from: next, after, writes)
          return settling.leaf(
            at: end.node, end.environment, end.writes, from: source,
            asks: settling.asks(at: end.node))
        }
        return .engine(own, yes: leaf(1, &self), no: leaf(0, &self))
      }
      var after = environment
      if let result = access.result { after[result] = .seen }
      let tree = tree(at: next, after, [], from: source)
      return .step(Settled.Step(access: own, tree: tree, writes: writes))
    case .finish:
      // To choose the end is a step as well.
      if writes.isEmpty && choices == 0 { return .finish }
      return .step(
        Settled.Step(
          access: pause("the end", at: node),
          tree: .leaf(leaf(at: node, environment, [], from: source, asks: false)), writes: writes))
    case .assertion(let statement, _, _):
      return .step(
        Settled.Step(
          access: pause(statement.text, at: node, statement.line),
          tree: tree(at: node, environment, [], from: source), writes: writes))
    default: return follow(node, environment, writes, from: source)
    }
  }

  private func pause(_ name: String, at node: Int, _ line: SourceLine? = nil) -> Access {
    Access(
      kind: .pause, name: name, calls: [],
      line: line ?? flow.line,
      spot: .nowhere)
  }

  // MARK: Where the step decides

  private mutating func tree(
    at node: Int, _ environment: Environment, _ writes: [Write], from source: [Int]
  ) -> Settled.Tree {
    guard goOn(at: node) else { return .leaf(Settled.Leaf(target: 0)) }
    switch flow.nodes[node] {
    case .jump(let next): return tree(at: next, environment, writes, from: source)
    case .assign(let variable, let term, let next):
      var environment = environment
      environment[variable] = substitute(term, environment, writes)
      return tree(at: next, environment, writes, from: source)
    case .branch(let term, let question, let yes, let no):
      let asked = substitute(term, environment, writes)
      note(question, at: node, yes: asked.value != 0, no: (asked.value ?? 0) == 0)
      if let value = asked.value {
        return tree(at: value != 0 ? yes : no, environment, writes, from: source)
      }
      let then = tree(at: yes, environment, writes, from: source)
      let otherwise = tree(at: no, environment, writes, from: source)
      return .branch(asked, then, otherwise)
    case .write(let address, let term, let next):
      let write = (substitute(address, environment, writes), substitute(term, environment, writes))
      return tree(at: next, environment, writes + [write], from: source)
    case .assertion(let statement, let term, let next):
      let fires = substitute(term, environment, writes)
      if isMet(statement, fires) { return tree(at: next, environment, writes, from: source) }
      return .assertion(statement, fires, tree(at: next, environment, writes, from: source))
    case .access, .choose, .either, .finish:
      return .leaf(leaf(at: node, environment, writes, from: source, asks: asks(at: node)))
    }
  }

  /// The end of a step: known values stay with the location, the others go into registers.
  private mutating func leaf(
    at node: Int, _ environment: Environment, _ writes: [Write], from source: [Int], asks: Bool
  ) -> Settled.Leaf {
    var known: [Int: Int] = [:]
    var registers: [(variable: Int, term: Term)] = []
    for variable in liveness.variables(at: node) {
      guard let term = environment[variable] else { continue }
      if let value = term.value, mayStayKnown(variable, value) {
        known[variable] = value
      } else {
        registers.append((variable, term))
      }
    }
    let key = Key(node: node, known: known, asks: asks)
    let target = location(key)
    let kept = Set(carried(at: key))
    var leaf = Settled.Leaf(target: target)
    // A register that keeps its value needs no store.
    leaf.registers = registers.filter { $0.term != .variable($0.variable) }
    leaf.writes = writes
    leaf.dropped = source.filter { !kept.contains($0) }
    leaf.placed = known.sorted { $0.key < $1.key }.filter {
      flow.variables[$0.key].isDeclared && knownHere[$0.key] != $0.value
    }.map { ($0.key, $0.value) }
    return leaf
  }

  private mutating func mayStayKnown(_ variable: Int, _ value: Int) -> Bool {
    if Address.variable(value) != nil { return true }
    if counters.contains(variable) { return false }
    if let range = flow.variables[variable].range, !range.contains(value) { return false }
    if knownValues[variable, default: []].insert(value).inserted,
      knownValues[variable]?.count ?? 0 > Self.mostKnownValues
    {
      counters.insert(variable)
      hasNewCounters = true
    }
    return true
  }
}
