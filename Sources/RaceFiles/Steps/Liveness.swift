/// Which local variables are still wanted at each node of a flow: what else they hold is no part of a state.
struct Liveness {
  private let words: Int
  private var bits: [UInt64]

  /// Time: nodes times variables / 64, times the depth to which loops stand in one another.
  init(_ flow: Flow) {
    words = (flow.variables.count + 63) / 64
    bits = [UInt64](repeating: 0, count: words * flow.nodes.count)
    if words == 0 { return }
    var predecessors = [[Int]](repeating: [], count: flow.nodes.count)
    for (number, node) in flow.nodes.enumerated() {
      for next in node.nexts { predecessors[next].append(number) }
    }
    var waiting = Array(flow.nodes.indices)
    var isWaiting = [Bool](repeating: true, count: flow.nodes.count)
    while let number = waiting.popLast() {
      isWaiting[number] = false
      if update(number, flow) {
        for other in predecessors[number] where !isWaiting[other] {
          isWaiting[other] = true
          waiting.append(other)
        }
      }
    }
  }

  /// Whether the variable is wanted at the beginning of a node.
  func isLive(_ variable: Int, at node: Int) -> Bool {
    bits[node * words + variable / 64] >> UInt64(variable % 64) & 1 != 0
  }

  func variables(at node: Int) -> [Int] {
    (0..<words).flatMap { word -> [Int] in
      var rest = bits[node * words + word]
      var found: [Int] = []
      while rest != 0 {
        found.append(word * 64 + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
      return found
    }
  }

  private mutating func update(_ number: Int, _ flow: Flow) -> Bool {
    var live = [UInt64](repeating: 0, count: words)
    for next in flow.nodes[number].nexts {
      for word in 0..<words { live[word] |= bits[next * words + word] }
    }
    func add(_ variable: Int) { live[variable / 64] |= 1 << UInt64(variable % 64) }
    func remove(_ variable: Int) { live[variable / 64] &= ~(1 << UInt64(variable % 64)) }
    switch flow.nodes[number] {
    case .jump, .either: break
    case .assign(let variable, let term, _):
      let isWanted = live[variable / 64] >> UInt64(variable % 64) & 1 != 0
      remove(variable)
      if isWanted { term.forEachVariable(add) }
    case .branch(let term, _, _, _): term.forEachVariable(add)
    case .choose(let variable, _, _): remove(variable)
    case .write(let address, let term, _):
      address.forEachVariable(add)
      term.forEachVariable(add)
    case .assertion(_, let term, _): term.forEachVariable(add)
    case .finish: flow.observed.forEach(add)
    case .access(let access, _):
      if let result = access.result { remove(result) }
      access.forEachTerm { $0.forEachVariable(add) }
    }
    let range = number * words..<(number + 1) * words
    if bits[range].elementsEqual(live) { return false }
    bits.replaceSubrange(range, with: live)
    return true
  }
}

extension Flow.Node {
  var nexts: [Int] {
    switch self {
    case .jump(let next), .assign(_, _, let next), .choose(_, _, let next), .access(_, let next),
      .write(_, _, let next), .assertion(_, _, let next):
      [next]
    case .branch(_, _, let yes, let no): [yes, no]
    case .either(let ways): ways
    case .finish: []
    }
  }
}

extension Access {
  /// Shows every term in it.
  func forEachTerm(_ body: (Term) -> Void) {
    body(address)
    if let value { body(value) }
    if let isWritten { body(isWritten) }
    if let enabled { body(enabled) }
    for claim in claims { body(claim.holds) }
    switch kind {
    case .section(let grounds):
      if let lock = grounds.taking { body(lock) }
      if let lock = grounds.holding { body(lock) }
    case .engine(.lock(_, let lock, _)): body(lock)
    default: return
    }
  }

  /// The same with each term changed.
  func mapping(_ change: (Term) -> Term) -> Access {
    var copy = self
    copy.address = change(address)
    copy.value = value.map(change)
    copy.isWritten = isWritten.map(change)
    copy.enabled = enabled.map(change)
    copy.claims = claims.map { ($0.statement, change($0.holds)) }
    switch kind {
    case .section(var grounds):
      grounds.taking = grounds.taking.map(change)
      grounds.holding = grounds.holding.map(change)
      copy.kind = .section(grounds)
    case .engine(.lock(let deed, let lock, let context)):
      copy.kind = .engine(.lock(deed, change(lock), context))
    default: break
    }
    return copy
  }
}
