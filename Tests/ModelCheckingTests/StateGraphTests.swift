import ModelChecking
import Testing

@Suite("Graphs of states, and what lies ahead")
struct StateGraphTests {
  /// Counts to 3 and back as it likes; 3 is a bug if `forbidsThree`.
  private func counter(forbidsThree: Bool = false, upper: Int = 3) throws -> System {
    try System { b in
      let n = b.field("n", .range(0...upper), initially: 0)
      b.actor("counter", on: b.cpu()) { _ in
        Loop {
          Choose {
            Way { Step("up", .atomic(n), when: { $0 < 3 }) { $0 += 1 } }
            Way { Step("down", .atomic(n), when: { $0 > 0 }) { $0 -= 1 } }
          }
        }
      }
      if forbidsThree { b.invariant("n is not 3") { s in s[n] != 3 } }
      b.goal("n is 3", .reachable) { s in s[n] == 3 }
    }
  }

  private func three(_ walk: Walk) -> String? {
    walk.reachedGoals.first?.name
  }

  @Test("without a bug it has the states and transitions that the search counts")
  func counts() throws {
    var held = 0
    for seed in 0..<300 as Range<UInt64> {
      let system = try RandomSystem(seed: seed).system()
      let outcome = try system.search()
      // Only what is judged when all was visited leaves the counts whole.
      switch outcome.verdict {
      case .inconclusive: continue
      case .found(let kind, _) where kind.subject != .goal: continue
      case .holds, .found: held += 1
      }
      let graph = StateGraph(from: [Walk(system)], mostStates: .max)
      #expect(graph.isComplete)
      // Where nothing can move the search ends, whatever is then found.
      if graph.edges.indices.contains(where: { graph.walk(from: $0).isDeadlocked }) { continue }
      #expect(graph.edges.count == outcome.statistics.states)
      #expect(graph.edges.joined().count == outcome.statistics.transitions)
    }
    #expect(held > 50)
  }

  @Test("every step of a trace is an edge, to the state that the walk comes to")
  func traces() throws {
    var steps = 0
    for seed in 0..<300 as Range<UInt64> {
      let system = try RandomSystem(seed: seed).system()
      let graph = StateGraph(from: [Walk(system)], mostStates: .max)
      for finding in try system.search().findings {
        var walk = Walk(system)
        for step in finding.trace.steps + finding.trace.onward + finding.trace.loop {
          let from = try #require(graph.number(of: walk))
          #expect(walk.take(step.move) != nil)
          let edge = graph.edges[from].first { $0.move == step.move }
          #expect(edge != nil && edge?.target == graph.number(of: walk))
          steps += 1
        }
      }
    }
    #expect(steps > 300)
  }

  @Test("it ends at a bug and at its limit, and says where")
  func ends() throws {
    let bug = StateGraph(from: [Walk(try counter(forbidsThree: true))], mostStates: 100)
    #expect(bug.isComplete)
    #expect(bug.edges.map(\.count) == [1, 2, 2, 0])
    let cut = StateGraph(from: [Walk(try counter())], mostStates: 2)
    #expect(!cut.isComplete)
    #expect(cut.openStates == [1])
    #expect(cut.edges.map { $0.map(\.target) } == [[1], [0]])
    let whole = StateGraph(from: [Walk(try counter())], mostStates: 4)
    #expect(whole.isComplete)
  }

  @Test("an outlook is the distance, out of reach or, past the limit, unknown")
  func outlooks() throws {
    func found(_ steps: Int) -> Outlook<String> { .within(steps: steps, of: "n is 3") }
    let whole = StateGraph(from: [Walk(try counter())], mostStates: 4)
    #expect(whole.outlooks(to: three) == [found(3), found(2), found(1), found(0)])
    #expect(whole.outlooks { $0.fault } == [.outOfReach, .outOfReach, .outOfReach, .outOfReach])
    let cut = StateGraph(from: [Walk(try counter())], mostStates: 3)
    #expect(cut.outlooks(to: three) == [.unknown, .unknown, .unknown])
  }

  @Test("a fault lies one step ahead of where it is raised")
  func faults() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("counter", on: b.cpu()) { _ in
        for _ in 0..<3 { Step("up", .atomic(n)) { $0 += 1 } }
      }
    }
    let graph = StateGraph(from: [Walk(system)], mostStates: 100)
    #expect(graph.edges.map { $0.map(\.target) } == [[1], [nil]])
    let fault = "'n' would become 2, outside 0 to 1"
    #expect(
      graph.outlooks { $0.fault }
        == [.within(steps: 2, of: fault), .within(steps: 1, of: fault)])
    #expect(graph.outlooks { $0.reachedGoals.first?.name } == [.outOfReach, .outOfReach])
  }

  @Test("distances are those of a search that goes forward from each state")
  func distances() throws {
    var kinds: [Bool: Int] = [:]
    for seed in 0..<100 as Range<UInt64> {
      let system = try RandomSystem(seed: seed).system()
      for limit in [5, 1000] {
        let graph = StateGraph(from: [Walk(system)], mostStates: limit)
        let outlooks = graph.outlooks { $0.reachedGoals.isEmpty ? nil : "goal" }
        for state in graph.edges.indices {
          let forward = forwardOutlook(graph, state)
          #expect(outlooks[state] == forward, "\(seed) \(limit) \(state)")
          kinds[forward == .unknown, default: 0] += 1
        }
      }
    }
    #expect(kinds.values.allSatisfy { $0 > 20 } && kinds.count == 2)
  }

  private func forwardOutlook(_ graph: StateGraph, _ start: Int) -> Outlook<String> {
    var seen = [start: 0]
    var queue = [start]
    var isOpen = false
    while !queue.isEmpty {
      let state = queue.removeFirst()
      if !graph.walk(from: state).reachedGoals.isEmpty {
        return .within(steps: seen[state]!, of: "goal")
      }
      if graph.openStates.contains(state) { isOpen = true }
      for target in graph.edges[state].compactMap(\.target) where seen[target] == nil {
        seen[target] = seen[state]! + 1
        queue.append(target)
      }
    }
    return isOpen ? .unknown : .outOfReach
  }
}
