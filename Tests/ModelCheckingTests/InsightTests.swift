import ModelChecking
import Testing

@Suite("What a schedule takes, and when it is too late")
struct InsightTests {
  private func found(_ system: System) throws -> Finding {
    try #require(try system.search().findings.first)
  }

  /// Two that read a value, and write it one higher later: an update is lost.
  private func lostUpdate(_ count: Int, between steps: Int = 0) throws -> System {
    try System { b in
      let n = b.field("n", .range(0...count), initially: 0)
      let done = b.ghost("done", .range(0...count), initially: 0)
      for number in 0..<count {
        b.actor("a\(number)", on: b.cpu()) { my in
          let seen = my.register("seen", .range(0...count), initially: 0)
          Step("load", .load(n)) { value, my in my[seen] = value }
          for _ in 0..<steps { Step("think") }
          Step("store", .store(n)) { my in my[seen] + 1 }.noting { s in s[done] += 1 }
        }
      }
      b.invariant("nothing is lost") { s in s[done] < count || s[n] == count }
    }
  }

  @Test("a lost update takes one preemption, and can be helped until the stale value is stored")
  func lostUpdate() throws {
    let system = try lostUpdate(2)
    let finding = try found(system)
    let preemptions = try #require(finding.preemptions(in: system))
    #expect(preemptions.least == 1 && preemptions.isExact && preemptions.ofTrace == 1)
    let point = try #require(finding.turningPoint(in: system))
    // Once both have read, one of the updates is lost.
    #expect(point.step == 2)
    #expect(point.instead?.name == "store" && point.instead?.actor == "a0")
    #expect(point.length == 3)
  }

  @Test("a schedule of more steps may take fewer preemptions")
  func longer() throws {
    // The short way interrupts; on the long one the walker waits by itself.
    let system = try System { b in
      let isSet = b.field("isSet", .flag, initially: false)
      let isOut = b.field("isOut", .flag, initially: false)
      b.actor("setter", on: b.cpu()) { _ in
        Step("begin")
        Step("set", .store(isSet)) { true }
        Step("wait", .wait(isOut)) { $0 }
        Step("clear", .store(isSet)) { false }
      }
      b.actor("other", on: b.cpu()) { _ in
        Step("look", .load(isSet)) { _, _ in }.asserting("it is never set") { s in !s[isSet] }
        Step("out", .store(isOut)) { true }
      }
      b.invariant("nothing", holds: { _ in true })
    }
    let finding = try found(system)
    #expect(finding.trace.steps.map(\.name) == ["begin", "set", "look"])
    let preemptions = try #require(finding.preemptions(in: system))
    // The setter waits after "set", where nobody has to interrupt it.
    #expect(preemptions.ofTrace == 0 && preemptions.least == 0)
  }

  /// The least number of preemptions on any way to a state where `isWrong`, by relaxing every step until
  /// nothing gets less.
  private func leastPreemptions(_ system: System, to isWrong: (Walk) -> Bool) -> Int? {
    let graph = StateGraph(of: system, mostStates: 5_000)
    guard graph.isComplete else { return nil }
    struct Place: Hashable {
      let state: Int
      let last: Int
    }
    var costs: [Place: Int] = [Place(state: 0, last: -1): 0]
    var isChanged = true
    while isChanged {
      isChanged = false
      for (place, cost) in costs {
        let edges = graph.edges[place.state]
        let canGoOn = edges.contains { $0.move.actor == place.last }
        for edge in edges {
          guard let target = edge.target else { continue }
          let price = canGoOn && edge.move.actor != place.last ? 1 : 0
          let next = Place(state: target, last: edge.move.actor)
          if cost + price < costs[next] ?? .max {
            costs[next] = cost + price
            isChanged = true
          }
        }
      }
    }
    return costs.filter { isWrong(graph.walk(from: $0.key.state)) }.map(\.value).min()
  }

  @Test("the least number is that of an exhaustive relaxation, on random systems")
  func bruteForce() throws {
    var counts: [Int: Int] = [:]
    for seed in 0..<400 {
      var random = RandomSystem(seed: UInt64(seed) + 900)
      random.duties = random.duties.map { _ in .mayRunForever }
      let system = try random.system()
      guard let finding = try system.search().findings.first, finding.kind == .violated,
        let preemptions = finding.preemptions(in: system),
        let least = leastPreemptions(
          system, to: { walk in walk.violatedInvariants.contains { $0.name == finding.property } })
      else { continue }
      #expect(preemptions.least == least && preemptions.isExact, "seed \(seed)")
      counts[least, default: 0] += 1
    }
    #expect(counts.count >= 2, "\(counts)")
  }

  @Test("three that race take two preemptions where two of the three must be caught")
  func several() throws {
    let system = try System { b in
      let inside = b.field("inside", .range(0...3), initially: 0)
      for number in 0..<3 {
        b.actor("a\(number)", on: b.cpu()) { _ in
          Step("in", .atomic(inside)) { $0 += 1 }
          Step("out", .atomic(inside)) { $0 -= 1 }
        }
      }
      b.invariant("not all three") { s in s[inside] < 3 }
    }
    let finding = try found(system)
    let preemptions = try #require(finding.preemptions(in: system))
    #expect(preemptions.ofTrace == 2 && preemptions.least == 2 && preemptions.isExact)
    #expect(finding.turningPoint(in: system)?.step == 3)
  }

  @Test("what goes wrong whatever is done has no point of no return, nor has a deadlock")
  func hopeless() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...3), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Step("one", .store(n)) { 1 }
        Step("two", .store(n)) { 2 }
      }
      b.invariant("n is not 2") { s in s[n] != 2 }
    }
    let finding = try found(system)
    #expect(finding.turningPoint(in: system) == nil)
    #expect(finding.preemptions(in: system)?.least == 0)
    let deadlock = try System { b in
      let n = b.field("n", .flag, initially: false)
      b.actor("a", on: b.cpu()) { _ in Step("wait", .wait(n)) { $0 } }
    }
    #expect(try found(deadlock).turningPoint(in: deadlock) == nil)
    #expect(try found(deadlock).preemptions(in: deadlock) == nil)
  }
}
