import ModelChecking
import Testing

@Suite("Where an actor is")
struct ActorPlaceTests {
  /// Actors that go in and out, by a lock or without.
  private func system(isLocked: Bool, actors: Int = 2, asking: Bool = true) throws -> System {
    try System { system in
      let lock = system.lock("lock", .mutex)
      let isInside = (0..<(asking ? actors : 0)).map { system.isAt("walker\($0)", "inside") }
      for number in 0..<actors {
        system.actor("walker\(number)", on: system.cpu()) { _ in
          Loop {
            Step("idle")
            if isLocked { lock.acquire() }
            Call("function") { Step("inside") }
            if isLocked { lock.release() }
          }
        }
      }
      if asking {
        system.invariant("one is inside") { s in isInside.filter { s[$0] }.count <= 1 }
        system.goal("the last is inside") { s in s[isInside[actors - 1]] }
      }
    }
  }

  @Test("is told of each actor, before it is declared and at no bits")
  func places() throws {
    let raced = try system(isLocked: false).search()
    #expect(raced.verdict == .found(.violated, property: "one is inside"))
    #expect(raced.findings.first?.trace.steps.map(\.name) == ["idle", "idle"])
    let locked = try system(isLocked: true)
    let outcome = try locked.search()
    #expect(outcome.verdict == .holds && outcome.goals[0].steps == 2)
    let unasked = try system(isLocked: true, asking: false)
    #expect(locked.layout.bitCount == unasked.layout.bitCount)
  }

  @Test("is the same by the reference search, and where what is alike is visited once")
  func agreement() throws {
    for isLocked in [false, true] {
      let system = try system(isLocked: isLocked, actors: 3)
      let reference = try system.search(strategy: .reference)
      for threads in [1, 2, 4] {
        try expectAgreement(of: system, with: reference, threads: threads, "\(isLocked)")
      }
    }
    var options = SearchOptions()
    options.mostStatesUnreduced = 0
    let outcome = try system(isLocked: true, actors: 3).search(options)
    // The goal asks for one of them by name.
    #expect(outcome.difference?.contains("the last is inside") == true)
  }

  @Test("an actor or a step that isn't there is refused, with the nearest")
  func unknown() {
    func problem(_ actor: String, _ step: String) -> String {
      do {
        _ = try System { system in
          system.actor("walker", on: system.cpu()) { _ in Step("inside") }
          let place = system.isAt(actor, step)
          system.invariant("never") { s in !s[place] }
        }
        return ""
      } catch {
        return error.problems.joined(separator: "\n")
      }
    }
    #expect(problem("walkr", "inside") == "isAt: there is no actor 'walkr'; did you mean 'walker'?")
    #expect(
      problem("walker", "insid")
        == "isAt: there is no step of 'walker' called 'insid'; did you mean 'inside'?")
    #expect(problem("walker", "inside") == "")
  }
}
