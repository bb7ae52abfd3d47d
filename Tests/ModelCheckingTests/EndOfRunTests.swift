import ModelChecking
import Testing

/// What an actor may not leave behind when it ends, or a handler when it returns.
@Suite("Ends and returns")
struct EndOfRunTests {
  /// The verdict of both searches on an actor that does something, beside others that never stop.
  private func verdict(
    of kind: ActorKind, bystanders: Int = 1, _ steps: (SystemBuilder) -> Steps
  ) throws -> Verdict {
    let system = try System { b in
      let steps = steps(b)
      b.actor("actor", on: b.cpu(), kind) { _ in steps }
      for number in 0..<bystanders {
        let flag = b.field("flag\(number)", .flag, initially: false)
        b.actor("bystander\(number)", on: b.cpu()) { _ in
          Loop { Step("toggle", .atomic(flag)) { $0.toggle() } }
        }
      }
    }
    let reference = try system.search(strategy: .reference).verdict
    #expect(try system.search().verdict == reference)
    return reference
  }

  private static let kinds: [(Lock.Kind, ActorKind)] = [
    (.mutex, .task), (.spinlock, .task), (.bhSpinlock, .task), (.irqSpinlock, .task),
    (.spinlock, .softirq), (.irqSpinlock, .softirq), (.spinlock, .interrupt),
    (.irqSpinlock, .interrupt),
  ]

  @Test("with a lock held are found, whatever else goes on", arguments: kinds.indices, 0..<3)
  func lockHeld(index: Int, bystanders: Int) throws {
    let (lockKind, kind) = Self.kinds[index]
    let found = try verdict(of: kind, bystanders: bystanders) { b in
      let lock = b.lock("m", lockKind)
      return Steps {
        Step("begin")
        lock.acquire()
        If(Condition("ok", .load(b.field("ok", .flag, initially: false))) { $0 }) {
          lock.release()
        }
      }
    }
    let text = "actor \(kind == .task ? "ends" : "returns") with 'm' held"
    #expect(found == .found(.lockMisused, property: text))
  }

  @Test("with a lock held that was taken by tryAcquire are found")
  func triedLock() throws {
    let found = try verdict(of: .task) { b in
      b.lock("m", .spinlock).tryAcquire().steps
    }
    #expect(found == .found(.lockMisused, property: "actor ends with 'm' held"))
  }

  @Test("with a semaphore held are found", arguments: [true, false])
  func semaphoreHeld(isWriting: Bool) throws {
    let found = try verdict(of: .task) { b in
      let rw = b.readWriteSemaphore("rw")
      return isWriting ? rw.acquireWrite().steps : rw.acquireRead().steps
    }
    #expect(found == .found(.lockMisused, property: "actor ends with 'rw' held"))
  }

  @Test("with preemption, bottom halves or interrupts off are found")
  func contextOff() throws {
    let cases: [(Step, Step, String)] = [
      (preemptDisable(), preemptEnable(), "preemption"),
      (localBHDisable(), localBHEnable(), "bottom halves"),
      (localIrqSave(), localIrqRestore(), "interrupts"),
    ]
    for (off, on, text) in cases {
      #expect(
        try verdict(of: .task) { _ in
          Steps {
            off
            off
            on
          }
        } == .found(.lockMisused, property: "actor ends with \(text) off"))
      #expect(
        try verdict(of: .task) { _ in
          Steps {
            off
            on
          }
        } == .holds)
    }
    #expect(
      try verdict(of: .softirq) { _ in
        Steps {
          Step("begin")
          localIrqSave()
        }
      } == .found(.lockMisused, property: "actor returns with interrupts off"))
  }

  @Test("are asked at each resting place of a handler, and of a task only at its end")
  func restingPlaces() throws {
    func steps(_ b: SystemBuilder) -> Steps {
      let lock = b.lock("m", .spinlock)
      let pending = b.field("pending", .flag, initially: true)
      return Steps {
        Loop {
          Step("irq", .atomic(pending), when: { $0 }) { $0 = false }.mayRest()
          lock.acquire()
        }
      }
    }
    let text = "actor returns with 'm' held"
    #expect(try verdict(of: .interrupt, steps) == .found(.lockMisused, property: text))
    #expect(try verdict(of: .softirq, steps) == .found(.lockMisused, property: text))
    #expect(try verdict(of: .task, steps) == .holds)
  }

  @Test("are asked by every step that ends the actor")
  func everyWayOut() throws {
    // The lock is held on one of two ways to one last step.
    let found = try verdict(of: .task) { b in
      let lock = b.lock("m", .mutex)
      let n = b.field("n", .range(0...1), initially: 0)
      return Steps {
        Choose {
          Way { lock.acquire() }
          Way { Step("none") }
        }
        Step("n", .store(n)) { 1 }
      }
    }
    #expect(found == .found(.lockMisused, property: "actor ends with 'm' held"))
  }
}
