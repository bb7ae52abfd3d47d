import ModelChecking
import TestSupport
import Testing

/// A lock is given back on every way out of what it guards.
@Suite("Guarded steps")
struct GuardedTests {
  /// The names of the steps of one run, where an actor does something alone.
  private func run(_ steps: (SystemBuilder, Lock) -> Steps) throws -> [String] {
    let system = try System { b in
      let steps = steps(b, b.lock("m", .mutex))
      b.actor("actor", on: b.cpu()) { _ in steps }
    }
    #expect(try system.search().verdict == .holds)
    #expect(try system.search(strategy: .reference).verdict == .holds)
    var walk = Walk(system)
    while let step = walk.enabled.first?.step {
      guard walk.steps.count < 30, walk.take(step.move) != nil else { break }
    }
    return walk.steps.map(\.name)
  }

  private let yes = Condition(register: { _ in true })

  @Test("are left by their end, Return, Finish and answers")
  func leaving() throws {
    let around = ["mutex_lock(m)", "in", "mutex_unlock(m)"]
    #expect(try run { _, m in m.guarded { Step("in") } } == around)
    #expect(
      try run { _, m in
        Steps {
          Call("f") {
            m.guarded {
              Step("in")
              If(yes) { Return() }
              Step("not here")
            }
            Step("nor here")
          }
          Step("out")
        }
      } == around + ["out"])
    #expect(
      try run { _, m in
        Steps {
          Call("f") {
            m.guarded {
              Step("in"); If(yes) { Finish() }
            }
          }
          Step("not here")
        }
      } == around)
    for answer in [true, false] {
      #expect(
        try run { _, m in
          If(
            Condition(call: "f") {
              m.guarded {
                Step("in"); Return(answer)
              }
            }
          ) {
            Step("yes")
          } otherwise: {
            Step("no")
          }.steps
        } == around + [answer ? "yes" : "no"])
    }
  }

  @Test("are left by Break, Continue and Goto")
  func jumping() throws {
    let around = ["mutex_lock(m)", "in", "mutex_unlock(m)"]
    #expect(
      try run { _, m in
        Steps {
          Loop {
            m.guarded {
              Step("in"); If(yes) { Break() }; Step("not here")
            }
          }
          Step("out")
        }
      } == around + ["out"])
    #expect(
      try run { b, m in
        let n = b.field("n", .range(0...2), initially: 0)
        return While(Condition("n < 2", .load(n)) { $0 < 2 }) {
          Step("n", .atomic(n)) { $0 += 1 }
          m.guarded {
            Step("in"); If(yes) { Continue() }
          }
          Step("not here")
        }.steps
      } == ["n < 2", "n"] + around + ["n < 2", "n"] + around + ["n < 2"])
    // Labels before and after.
    #expect(
      try run { b, m in
        let n = b.field("n", .range(0...2), initially: 0)
        return Steps {
          Label("again")
          Step("n", .atomic(n)) { $0 += 1 }
          m.guarded {
            Step("in")
            If(Condition("n < 2", .load(n)) { $0 < 2 }) { Goto("again") }
            Goto("out")
          }
          Step("not here")
          Label("out")
          Step("out")
        }
      } == [
        "n", "mutex_lock(m)", "in", "n < 2", "mutex_unlock(m)", "n", "mutex_lock(m)", "in", "n < 2",
        "mutex_unlock(m)", "out",
      ])
  }

  @Test("within others give back the inner lock first, and only what is left")
  func nested() throws {
    func names(_ leave: (SystemBuilder) -> Steps) throws -> [String] {
      try run { b, m in
        let s = b.lock("s", .spinlock)
        return Steps {
          Call("f") {
            m.guarded {
              Loop {
                s.guarded {
                  If(yes) { leave(b) }; Step("not here")
                }
              }
              Step("between")
              Label("here")
              Step("here")
            }
          }
          Step("out")
        }
      }
    }
    let in_ = ["mutex_lock(m)", "spin_lock(s)", "spin_unlock(s)"]
    #expect(try names { _ in Return().steps } == in_ + ["mutex_unlock(m)", "out"])
    #expect(try names { _ in Finish().steps } == in_ + ["mutex_unlock(m)"])
    #expect(
      try names { _ in Break().steps } == in_ + ["between", "here", "mutex_unlock(m)", "out"])
    #expect(try names { _ in Goto("here").steps } == in_ + ["here", "mutex_unlock(m)", "out"])
  }

  @Test("can't be jumped into")
  func intoGuarded() {
    #expect {
      try System { b in
        let m = b.lock("m", .mutex)
        b.actor("actor", on: b.cpu()) { _ in
          Goto("inside")
          m.guarded {
            Label("inside"); Step("in")
          }
        }
      }
    } throws: { error in
      "\(error)".contains("a Goto leads into the guarded steps of the label 'inside'")
    }
  }

  @Test("keep the lock in between, for every kind")
  func kinds() throws {
    let system = try System { b in
      let locks = [Lock.Kind.mutex, .spinlock, .bhSpinlock, .irqSpinlock].enumerated().map {
        b.lock("l\($0)", $1)
      }
      let rw = b.readWriteSemaphore("rw")
      b.actor("actor", on: b.cpu()) { _ in
        rw.readGuarded { rw.assertHeldForReading() }
        rw.writeGuarded { rw.assertHeldForWriting() }
        for lock in locks { lock.guarded { lock.assertHeld() } }
      }
    }
    #expect(try system.search().verdict == .holds)
    #expect(checkFootprints(of: system) == [])
  }
}
