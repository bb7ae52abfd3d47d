import Foundation
import ModelChecking
import Testing

/// Cases in which two things come together, and the one must not hide the other.
@Suite("Hard cases of steps, assertions and declarations")
struct HardCaseTests {
  /// What both searches find, on one thread and on two.
  private func verdict(_ build: (SystemBuilder) -> Void) throws -> Verdict {
    let system = try System(build)
    let outcome = try system.search(strategy: .reference)
    for threads in [1, 2] {
      #expect(try system.search(SearchOptions(threads: threads)).verdict == outcome.verdict)
    }
    return outcome.verdict
  }

  private func problem(_ build: (SystemBuilder) -> Void) -> String {
    do {
      _ = try System(build)
      return "none"
    } catch { return error.description }
  }

  @Test("an interrupt handler may not sleep, whatever it sleeps on")
  func handlersDoNotSleep() throws {
    for kind in 0..<3 {
      let found = try verdict { b in
        let x = b.field("x", .flag, initially: false)
        let m = b.lock("m", .mutex)
        let r = b.readWriteSemaphore("r")
        b.actor("handler", on: b.cpu(), .interrupt) { _ in
          Step("enter")
          switch kind {
          case 0: m.acquire()
          case 1: r.acquireRead()
          default: Step("x", .section([x], taking: m)) { s in s[x] = true }
          }
        }
      }
      let lock = kind == 1 ? "r" : "m"
      #expect(
        found
          == .found(
            .lockMisused, property: "handler may sleep on '\(lock)' where it can't be preempted"))
    }
  }

  @Test("mutex_trylock() does not sleep, so it is allowed under a spinlock, but in no handler")
  func tryLock() throws {
    func found(_ kind: ActorKind) throws -> Verdict {
      try verdict { b in
        let m = b.lock("m", .mutex)
        let s = b.lock("s", .spinlock)
        b.actor("actor", on: b.cpu(), kind) { _ in
          Step("enter")
          s.acquire()
          If(m.tryAcquire()) { m.release() }
          s.release()
        }
      }
    }
    #expect(try found(.task) == .holds)
    #expect(
      try found(.interrupt)
        == .found(
          .lockMisused, property: "actor may sleep on 'm' where it can't be preempted"))
  }

  @Test("a claim about the answer of a step that has gone wrong hides nothing")
  func afterFault() throws {
    let found = try verdict { b in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("actor", on: b.cpu()) { _ in
        Condition("set", .atomic(n)) { n in
          n = 7
          return false
        }.asserting("it answers yes") { _, answer in answer }
      }
    }
    #expect(found == .found(.faulted, property: "'n' would become 7, outside 0 to 1"))
  }

  @Test("behind a BUG_ON() that fires nothing is done; a claim shows what it is about")
  func stopsAtBug() throws {
    for isStatement in [false, true] {
      let system = try System { b in
        let n = b.field("n", .range(0...1), initially: 0)
        b.actor("actor", on: b.cpu()) { _ in
          if isStatement {
            Step("n = 1", .store(n)) { 1 }.bugOn("BUG_ON(!n)") { s in s[n] == 0 }
          } else {
            Step("n = 1", .store(n)) { 1 }.asserting("n is set once") { s in s[n] != 0 }
          }
        }
      }
      for strategy in [SearchStrategy.fast, .reference] {
        let finding = try #require(try system.search(strategy: strategy).findings.first)
        #expect(finding.kind == (isStatement ? .assertionFailed : .violated))
        #expect(finding.trace.steps[0].changes.count == (isStatement ? 0 : 1))
      }
    }
  }

  @Test("a trace replays also where its last step goes wrong in two ways")
  func wrongTwice() throws {
    let model = Model(
      name: "twice", summary: "", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("actor", on: b.cpu()) { _ in
        Step("n = 9", .store(n)) { 9 }.asserting("n stays", severity: .warning) { _ in false }
      }
    }
    let configuration = try Configuration(model)
    let system = try configuration.system()
    let findings = try system.search().findings
    #expect(findings.map(\.kind) == [.faulted, .violated])
    for finding in findings {
      let saved = SavedTrace(finding, of: system, in: configuration)
      #expect(try Replay(saved, in: system).difference == nil)
    }
  }

  @Test("a value at the end of all integers is outside its domain, and no trap")
  func extremes() throws {
    for value in [Int.min, Int.max] {
      let found = try verdict { b in
        let n = b.field("n", .range(0...1), initially: 0)
        b.actor("actor", on: b.cpu()) { _ in Step("n", .store(n)) { value } }
      }
      #expect(found == .found(.faulted, property: "'n' would become \(value), outside 0 to 1"))
    }
  }

  @Test("choices that go round without a step are told at once, however many there are")
  func roundChoices() {
    #expect(
      problem { b in
        b.actor("actor", on: b.cpu()) { actor in
          let r = actor.register("r", .flag, initially: false)
          for _ in 0..<40 { Step("step") }
          Loop {
            Choose {
              Way {
                If(Condition(register: { my in my[r] })) { Continue() }
                Step("x")
              }
              Way { Continue() }
            }
          }
        }
      }.contains("a Loop takes no step"))
    #expect(
      problem { b in
        b.actor("actor", on: b.cpu()) { actor in
          let r = actor.register("r", .flag, initially: false)
          Choose {
            Way {
              for _ in 0..<40 { If(Condition(register: { my in my[r] })) {} }
              Step("x")
            }
          }
        }
      } == "none")
  }

  @Test("a section chooses among fields by a register")
  func chosenInSection() throws {
    for start in 0...2 {
      let found = try verdict { b in
        let slots = b.fields("slot", count: 2, .range(0...3), initially: 0)
        b.actor("actor", on: b.cpu()) { actor in
          let i = actor.register("i", .range(0...2), initially: start)
          Step("slot[i] += 1", .section(slots.fields, because: "it is only a test")) { s in
            s[slots[i]] += 1
          }
        }
        b.goal("the chosen one is 1") { s in s[slots[min(start, 1)]] == 1 }
      }
      #expect(
        found
          == (start < 2
            ? .holds
            : .found(.faulted, property: "'actor.i' chooses number 2, which is not there")))
    }
  }

  private enum Two: UInt8, FieldEnumeration { case a, b }

  @Test("declarations that can't be are told, one by one")
  func declarations() {
    #expect(problem { b in _ = b.fields("f", count: -1, .flag, initially: false) }.contains("'f'"))
    #expect(
      problem { b in _ = b.field("e", FieldDomain<Two>.codes(0...5), initially: .a) }
        .contains("the domain of 'e' has values that are no case of Two"))
    #expect(
      problem { b in
        let cpu = b.cpu()
        b.actor("outer", on: cpu) { _ in
          let _: Void = b.actor("inner", on: cpu) { _ in Step("x") }
          Step("y")
        }
      }.contains("the actor 'inner' is declared inside the program of 'outer'"))
    var builds = 0
    #expect(
      problem { b in
        builds += 1
        if builds == 1 { _ = b.field("only once", .flag, initially: false) }
        b.actor("actor", on: b.cpu()) { _ in Step("x") }
      }.contains("its declarations differ from one build to the next"))
    for part in 0..<8 {
      builds = 0
      #expect(
        problem { b in
          builds += 1
          let (x, y) = (
            b.field("x", .flag, initially: builds == 3 && part == 0),
            b.field("y", .flag, initially: false)
          )
          let duty: ActorDuty = builds == 3 && part == 1 ? .mayRunForever : .end
          b.actor("actor", on: b.cpu(), duty: duty) { _ in
            switch builds == 3 ? part : 2 {
            case 3: Step("b", .store(x)) { true }
            case 4: Step("a", .store(y)) { true }
            case 5: Step("a", .store(x)) { true }.mayRest()
            case 6: Call("f") { Step("a", .store(x)) { true } }
            default: Step("a", .store(x)) { true }
            }
            Step("end")
          }
          b.goal("g", builds == 3 && part == 7 ? .alwaysReachable : .reachable) { _ in true }
        } == (part == 2 ? "none" : "its declarations differ from one build to the next"), "\(part)")
    }
  }
}
