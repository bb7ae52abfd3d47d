import ModelChecking
import Testing

@Suite("Traces with what surrounds them, and graphs with a trace's path")
struct AnnotatedTraceTests {
  /// A trace of each finding of the random systems that are small enough to be looked at whole.
  private func findings(
    _ seeds: Range<UInt64>
  ) throws -> [(system: System, finding: Finding)] {
    try seeds.flatMap { seed in
      let system = try RandomSystem(seed: seed).system()
      return try system.search().findings.map { (system, $0) }
    }
  }

  @Test("at each position stand the steps of the trace and those that a walk could take there")
  func positions() throws {
    var kinds: Set<FindingKind> = []
    var loops = 0
    for (system, finding) in try findings(0..<60) {
      let annotated = AnnotatedTrace(finding, of: system)
      let trace = finding.trace
      let steps = trace.steps + trace.onward + trace.loop
      #expect(annotated.positions.map(\.arrival) == [nil] + steps)
      #expect(annotated.start.map(\.value) == Walk(system).values.map(\.value))
      var walk = Walk(system)
      for (position, step) in zip(annotated.positions, steps) {
        let ways = annotated.ways(at: position)
        #expect(ways.map(\.step) == walk.enabled.map(\.step))
        #expect(position.taken.map { ways[$0].step.move } == step.move)
        _ = walk.take(step.move)
      }
      let last = annotated.positions[steps.count]
      if let again = annotated.loopsTo {
        #expect(again == steps.count - trace.loop.count)
        #expect(last.place == annotated.positions[again].place)
        #expect(last.taken == annotated.positions[again].taken)
        loops += 1
      } else {
        #expect(last.taken == nil && trace.loop.isEmpty)
        let goesOn = !walk.violatedInvariants.contains { $0.severity == .bug }
        #expect(annotated.ways(at: last).map(\.step) == (goesOn ? walk.enabled.map(\.step) : []))
      }
      kinds.insert(finding.kind)
    }
    #expect(kinds.count == 4 && loops > 2, "\(kinds) \(loops)")
  }

  /// What is wrong where a walk stands, warnings left out but for the one that was found.
  private func mishap(at walk: Walk, _ finding: Finding) -> String? {
    let found = walk.findings.first { $0.severity == .bug || $0.property == finding.property }
    return found.map { "\($0.kind) \($0.property)" }
  }

  /// The fewest steps to a place, by a search of its own from a walk; nil if there is none.
  private func distance(from start: Walk, to isThere: (Walk) -> Bool) -> Int? {
    func key(_ walk: Walk) -> String { walk.values.map(\.value).joined(separator: ",") }
    var level = [start]
    var seen: Set<String> = [key(start)]
    for steps in 0... {
      if level.isEmpty { return nil }
      if level.contains(where: isThere) { return steps }
      level = level.flatMap { walk in
        let isBug = walk.violatedInvariants.contains { $0.severity == .bug }
        return (isBug ? [] : walk.enabled).map { option in
          var next = walk
          _ = next.take(option.step.move)
          return next
        }
      }.filter { $0.fault != nil || seen.insert(key($0)).inserted }
    }
    return nil
  }

  @Test("where a step leads is what a search forward from there finds")
  func prospects() throws {
    var counts: [String: Int] = [:]
    for (system, finding) in try findings(0..<60) {
      let annotated = AnnotatedTrace(finding, of: system)
      var walk = Walk(system)
      for position in annotated.positions {
        if let arrival = position.arrival { _ = walk.take(arrival.move) }
        for way in annotated.ways(at: position) {
          let prospect = annotated.neighborhood.prospect(of: way)
          var next = walk
          _ = next.take(way.step.move)
          if finding.kind == .deadlock {
            checkDeadlock(prospect, at: next)
            continue
          }
          let isAboutGoal = finding.kind.subject == .goal
          let steps = distance(from: next) { walk in
            isAboutGoal
              ? (finding.subject as? Goal).map(walk.fulfils) ?? false
              : mishap(at: walk, finding) != nil
          }
          switch prospect {
          case .reachesGoal(let within): #expect(isAboutGoal && steps == within)
          case .losesGoal: #expect(isAboutGoal && steps == nil)
          case .goesWrong(let within, let mishap):
            #expect(!isAboutGoal && steps == within)
            if within == 0 {
              #expect(self.mishap(at: next, finding) == "\(mishap.kind) \(mishap.property)")
            }
          case .staysRight: #expect(!isAboutGoal && steps == nil)
          case .unknown: Issue.record("a small system is looked at whole")
          }
          counts["\(prospect)".prefix { $0 != "(" }.description, default: 0] += 1
        }
      }
    }
    #expect(counts.count == 4 && counts.values.allSatisfy { $0 > 10 }, "\(counts)")
  }

  /// Actors wait for ever before all stand still, or without.
  private func checkDeadlock(_ prospect: AnnotatedTrace.Prospect, at next: Walk) {
    let standstill = distance(from: next, to: \.isDeadlocked)
    switch prospect {
    case .goesWrong(let within, _): #expect(within <= standstill ?? .max)
    case .staysRight: #expect(standstill == nil)
    case .reachesGoal, .losesGoal, .unknown: Issue.record("\(prospect) after a deadlock")
    }
  }

  @Test("an annotated graph has the graph's states and steps, and the trace's path")
  func graph() throws {
    for (system, finding) in try findings(0..<40) {
      let plain = StateGraph(from: [Walk(system)], mostStates: .max)
      let graph = AnnotatedGraph(plain, path: finding.trace)
      #expect(AnnotatedGraph(plain).nodes.allSatisfy { !$0.isOnPath })
      #expect(graph.nodes.map { $0.edges.map(\.step.move) } == plain.edges.map { $0.map(\.move) })
      for (node, edges) in zip(graph.nodes, plain.edges) {
        #expect(node.edges.map(\.end) == edges.compactMap(\.target).map { .state($0) })
      }
      var state = 0
      var onPath: Set<Int> = [0]
      for step in finding.trace.steps + finding.trace.onward + finding.trace.loop {
        let edge = try #require(graph.nodes[state].edges.first { $0.step.move == step.move })
        #expect(edge.isOnPath && edge.step == step)
        if case .state(let target) = edge.end { state = target }
        onPath.insert(state)
      }
      #expect(Set(graph.nodes.indices.filter { graph.nodes[$0].isOnPath }) == onPath)
      if finding.kind == .violated {
        let violated = graph.nodes[state].violatedInvariants.map(\.name)
        #expect(violated.contains(finding.property))
      }
    }
  }

  @Test("a fault is a mishap of its own, and an edge that leads to no state")
  func faults() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("counter", on: b.cpu()) { _ in
        for _ in 0..<2 { Step("up", .atomic(n)) { $0 += 1 } }
      }
    }
    let fault = "'n' would become 2, outside 0 to 1"
    let finding = try #require(try system.search().findings.first)
    let annotated = AnnotatedTrace(finding, of: system)
    let mishap = AnnotatedTrace.Mishap(kind: .faulted, property: fault)
    #expect(
      annotated.positions.map { annotated.ways(at: $0).map(annotated.neighborhood.prospect) }
        == [[.goesWrong(within: 1, mishap)], [.goesWrong(within: 0, mishap)], []])
    let graph = AnnotatedGraph(
      StateGraph(from: [Walk(system)], mostStates: 10), path: finding.trace)
    #expect(graph.nodes.map { $0.edges.map(\.end) } == [[.state(1)], [.broken(fault)]])
    #expect(graph.nodes.allSatisfy { $0.isOnPath && $0.edges.allSatisfy(\.isOnPath) })
  }

  @Test("whoever leaves a trace finds at each place the steps of a walk that went the same way")
  func neighborhoods() throws {
    var (taken, ended) = (0, 0)
    for (system, finding) in try findings(0..<30) {
      let annotated = AnnotatedTrace(finding, of: system)
      let places = annotated.neighborhood.places
      var reached = Array(repeating: Walk?.none, count: places.count)
      var along = Walk(system)
      for position in annotated.positions {
        if let arrival = position.arrival { _ = along.take(arrival.move) }
        if let place = position.place { reached[place] = along }
      }
      for (number, place) in places.enumerated() {
        guard let walk = reached[number] else { continue }
        let isBug = walk.violatedInvariants.contains { $0.severity == .bug }
        let ways = try #require(place.ways, "a small system is there whole")
        let isDeparture = annotated.positions.contains { $0.place == number && $0.taken != nil }
        #expect(ways.map(\.step) == (isBug && !isDeparture ? [] : walk.enabled.map(\.step)))
        if ways.isEmpty {
          #expect((place.mishap == nil) == (mishap(at: walk, finding) == nil))
          ended += 1
        }
        for way in ways {
          var next = walk
          _ = next.take(way.step.move)
          taken += 1
          switch way.end {
          case .place(let target):
            #expect(next.breakage == nil)
            if let known = reached[target] {
              #expect(known.words == next.words)
            } else {
              reached[target] = next
            }
          case .broken(let mishap):
            #expect(next.findings.first?.property == mishap.property)
          }
        }
      }
    }
    #expect(taken > 500 && ended > 5, "\(taken) \(ended)")
  }

  @Test("of a large system the nearest states are kept, and those behind are known to be missing")
  func limits() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...40), initially: 0)
      b.actor("counter", on: b.cpu()) { _ in
        Loop { Step("up", .atomic(n)) { $0 = $0 % 40 + 1 } }
      }
      b.invariant("n is small", severity: .warning) { $0[n] < 3 }
    }
    let finding = try #require(try system.search().findings.first)
    let annotated = AnnotatedTrace(finding, of: system, mostPlaces: 10)
    let places = annotated.neighborhood.places
    #expect(annotated.positions.map(\.place) == [0, 1, 2, 3])
    // Ten are kept, and the eleventh is where they lead to.
    #expect(places.map { $0.ways?.count } == Array(repeating: 1, count: 10) + [nil])
    #expect(places[9].ways?.map(\.end) == [.place(10)] && places[10].prospect != .unknown)
    let over = AnnotatedTrace(finding, of: system, unless: { true }).neighborhood
    #expect(over.places.map { $0.ways?.count } == [1, 1, 1, 1, nil])
    #expect(over.places[3].ways?.map(\.end) == [.place(4)])
    #expect(over.places[4].prospect == .unknown)
  }

  @Test("a step saw what another actor wrote last, and nothing of what it wrote itself")
  func seenWrites() throws {
    let system = try System { b in
      let x = b.field("x", .range(0...4), initially: 0)
      let y = b.field("y", .flag, initially: false)
      b.actor("writer", on: b.cpu()) { _ in
        Step("x = 1", .store(x)) { 1 }
        Step("x++", .atomic(x)) { $0 += 1 }
        Step("y", .store(y)) { true }
      }
      b.actor("reader", on: b.cpu()) { _ in
        Step("y?", .wait(y)) { $0 }
        Step("x++", .atomic(x)) { $0 += 1 }
        Step("x++ again", .atomic(x)) { $0 += 1 }
      }
    }
    var walk = Walk(system)
    while let next = walk.enabled.first { _ = walk.take(next.step.move) }
    let seen = SeenWrites(of: walk.steps)
    #expect((1...6).map { seen.writers(seenBy: $0) } == [[], [], [], [3], [2], []])
    #expect(seen.writer(of: "x", seenBy: 5) == 2 && seen.writer(of: "y", seenBy: 5) == nil)
  }
}

extension AnnotatedTrace {
  fileprivate func ways(at position: Position) -> [Neighborhood.Way] {
    position.place.flatMap { neighborhood.places[$0].ways } ?? []
  }
}
