import ModelChecking
import TestSupport
import Testing

@Suite("Fields that each actor has for itself")
struct ActorFieldTests {
  /// Actors that each count to 2 in a field of their own, and one that looks at all of them.
  private func counting(_ actors: Int, idle: Int = 0) throws -> System {
    try System { b in
      let count = b.actorField("count", .range(0...2), initially: 0)
      let sum = b.field("sum", .range(0...(2 * actors)), initially: 0)
      b.actor("sum", on: b.cpu()) { _ in
        let counts = count.all.map(\.field)
        Step("sum", .section(counts + [sum], because: "it is asked what they are at once")) { s in
          s[sum] = counts.reduce(0) { total, count in total + s[count] }
        }
      }
      for number in 0..<actors {
        b.actor("a\(number)", on: b.cpu()) { _ in
          for _ in 1...2 { Step("count++", .atomic(count.own)) { $0 += 1 } }
        }
      }
      for number in 0..<idle { b.actor("idle\(number)", on: b.cpu()) { _ in Step("idle") } }
      for total in 0...(2 * actors) { b.goal("the sum is \(total)") { s in s[sum] == total } }
    }
  }

  @Test("are seen by others, also by those composed before", arguments: 1...3)
  func all(actors: Int) throws {
    let system = try counting(actors)
    let reference = try system.search(strategy: .reference)
    #expect(reference.verdict == .holds)
    for threads in [1, 2, 4] {
      try expectAgreement(of: system, with: reference, threads: threads, "\(actors) actors")
    }
    #expect(checkFootprints(of: system) == [])
  }

  @Test("take no room for actors that have none")
  func room() throws {
    let bits = try counting(2).layout.bitCount
    // An idle actor has its location, and nothing else.
    #expect(try counting(2, idle: 3).layout.bitCount == bits + 3)
  }

  @Test("are called by the actor's name")
  func names() throws {
    #expect(
      try counting(2).layout.fields.map(\.name).filter { $0.hasSuffix("count") }
        == ["a0.count", "a1.count"])
  }

  @Test("are the same field where they are declared twice")
  func twice() throws {
    let system = try System { b in
      let one = b.actorField("n", .range(0...2), initially: 0)
      let two = b.actorField("n", .range(0...2), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Step("one", .atomic(one.own)) { $0 += 1 }
        Step("two", .atomic(two.own)) { $0 += 1 }
      }
      b.actor("b", on: b.cpu()) { _ in Step("wait", .wait(one.of("a"))) { $0 == 2 } }
    }
    #expect(try system.search().verdict == .holds)
  }

  /// Mistakes, each with what is said of it.
  static let mistakes: [(String, @Sendable (SystemBuilder) -> Void)] = [
    (
      "the actors' own 'n' is declared in two ways",
      { b in
        _ = b.actorField("n", .range(0...2), initially: 0)
        _ = b.actorField("n", .flag, initially: false)
        b.actor("a", on: b.cpu()) { _ in Step("x") }
      }
    ),
    (
      "an actor's own 'n' is asked for outside every actor",
      { b in
        let own = b.actorField("n", .range(0...2), initially: 0).own
        b.actor("a", on: b.cpu()) { _ in Step("x", .store(own)) { 1 } }
      }
    ),
    (
      "no actor 'reader1' has 'n' of its own; did you mean 'reader'?",
      { b in
        let n = b.actorField("n", .range(0...2), initially: 0)
        b.actor("reader", on: b.cpu()) { _ in Step("x", .store(n.own)) { 1 } }
        b.actor("a", on: b.cpu()) { _ in Step("x", .store(n.of("reader1"))) { 1 } }
      }
    ),
  ]

  @Test("misused are told", arguments: mistakes.indices)
  func mistake(index: Int) {
    let (text, build) = Self.mistakes[index]
    let error = #expect(throws: ModelError.self) { try System(build) }
    #expect(error?.problems == [text])
  }

  @Test("a set of actors is shown by their names")
  func sets() throws {
    let system = try System { b in
      let inside = b.field("inside", b.setsOfActors, initially: ActorSet())
      let own = b.actorField("own", .flag, initially: false)
      for name in ["ann", "bob"] {
        b.actor(name, on: b.cpu()) { _ in
          let me = own.mine.actor
          Step("enter", .atomic(inside)) { inside in inside.insert(me) }
        }
      }
      b.invariant("not both") { s in !(s[inside].contains(0) && s[inside].contains(1)) }
    }
    let trace = try #require(try system.search().findings.first).trace
    #expect(
      trace.steps.flatMap(\.changes).map { "\($0.before) -> \($0.after)" }
        == ["none -> ann", "ann -> ann+bob"])
    var set = ActorSet()
    set.insert(0)
    set.insert(61)
    #expect(set.contains(61) && !set.contains(60) && set.label == "0+61")
    set.remove(61)
    set.remove(0)
    #expect(set.isEmpty)
  }
}
