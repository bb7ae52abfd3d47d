import ModelChecking
import Testing

@Suite("CPU contexts")
struct CPUContextTests {
  /// Somebody does two things, each visible; another actor looks. Whether it can see the middle
  /// is what the contexts decide.
  private func middleIsSeen(
    sameCPU: Bool = true, observer kind: ActorKind = .task,
    around wrap: @escaping ([Step]) -> Steps
  ) throws -> Bool {
    let system = try System { b in
      let parts = b.field("parts", .range(0...2), initially: 0)
      let seen = b.ghost("seen", .flag, initially: false)
      let cpu = b.cpu()
      b.actor("worker", on: cpu) { _ in
        wrap((0..<2).map { _ in Step("half", .atomic(parts)) { $0 += 1 } })
      }
      b.actor("observer", on: sameCPU ? cpu : b.cpu(), kind) { _ in
        look(at: parts, noting: seen)
      }
      b.invariant("the middle is not seen") { s in !s[seen] }
    }
    return try self.verdict(of: system) != .holds
  }

  /// The verdict on which both searches agree.
  private func verdict(of system: System) throws -> Verdict {
    let verdicts = try [SearchStrategy.fast, .reference].map {
      try system.search(strategy: $0).verdict
    }
    #expect(verdicts[0] == verdicts[1])
    return verdicts[0]
  }

  /// Sees whether only one half was done.
  private func look(at parts: Field<Int>, noting seen: Ghost<Bool>) -> Step {
    Step("look", .load(parts)).noting { s in if s[parts] == 1 { s[seen] = true } }
  }

  private func plain(_ steps: [Step]) -> Steps { Steps { for step in steps { step } } }

  private func unpreempted(_ steps: [Step]) -> Steps {
    Steps {
      preemptDisable()
      plain(steps)
      preemptEnable()
    }
  }

  private func uninterrupted(_ steps: [Step]) -> Steps {
    Steps {
      localIrqSave()
      plain(steps)
      localIrqRestore()
    }
  }

  @Test("a preemptible task is preempted by another task and by an interrupt")
  func preemptible() throws {
    #expect(try middleIsSeen(around: plain))
    #expect(try middleIsSeen(observer: .interrupt, around: plain))
  }

  @Test("with preemption off only interrupts come in between")
  func preemptionOff() throws {
    #expect(try !middleIsSeen(around: unpreempted))
    #expect(try middleIsSeen(observer: .interrupt, around: unpreempted))
  }

  @Test("with interrupts off nothing comes in between on this CPU, but other CPUs go on")
  func interruptsOff() throws {
    #expect(try !middleIsSeen(around: uninterrupted))
    #expect(try !middleIsSeen(observer: .interrupt, around: uninterrupted))
    #expect(try middleIsSeen(sameCPU: false, around: uninterrupted))
    #expect(try middleIsSeen(sameCPU: false, observer: .interrupt, around: uninterrupted))
  }

  @Test("sections nest: the inner end does not end the outer section")
  func nesting() throws {
    #expect(
      try !middleIsSeen(around: { steps in
        Steps {
          localIrqSave()
          localIrqSave()
          steps[0]
          localIrqRestore()
          steps[1]
          localIrqRestore()
        }
      }))
  }

  @Test(
    "a spinlock keeps its holder from being preempted; an irq spinlock also keeps interrupts off")
  func spinlocks() throws {
    for (kind, interruptSees) in [(Lock.Kind.spinlock, true), (.irqSpinlock, false)] {
      for observer in [ActorKind.task, .interrupt] {
        let system = try System { b in
          let parts = b.field("parts", .range(0...2), initially: 0)
          let seen = b.ghost("seen", .flag, initially: false)
          let lock = b.lock("lock", kind)
          let cpu = b.cpu()
          b.actor("worker", on: cpu) { _ in
            lock.acquire()
            Step("half", .atomic(parts)) { $0 += 1 }
            Step("half", .atomic(parts)) { $0 += 1 }
            lock.release()
          }
          b.actor("observer", on: cpu, observer) { _ in
            look(at: parts, noting: seen)
          }
          b.invariant("not seen") { s in !s[seen] }
        }
        let isSeen = try verdict(of: system) != .holds
        #expect(isSeen == (observer == .interrupt && interruptSees))
      }
    }
  }

  @Test("an interrupt handler runs to its resting place before its CPU's tasks go on")
  func handlerIsAtomic() throws {
    func outcome(taskOnSameCPU: Bool) throws -> Verdict {
      let system = try System { b in
        let pending = b.field("pending", .flag, initially: true)
        let parts = b.field("parts", .range(0...2), initially: 0)
        let seen = b.ghost("seen", .flag, initially: false)
        let cpu = b.cpu()
        b.actor("handler", on: cpu, .interrupt) { _ in
          Loop {
            Step("irq", .atomic(pending), when: { $0 }) { $0 = false }.mayRest()
            Step("half", .atomic(parts)) { $0 += 1 }
            Step("half", .atomic(parts)) { $0 += 1 }
          }
        }
        b.actor("task", on: taskOnSameCPU ? cpu : b.cpu()) { _ in
          look(at: parts, noting: seen)
        }
        b.invariant("not seen") { s in !s[seen] }
      }
      return try self.verdict(of: system)
    }
    #expect(try outcome(taskOnSameCPU: true) == .holds)
    #expect(try outcome(taskOnSameCPU: false) == .found(.violated, property: "not seen"))
  }

  @Test("a handler that spins on the lock of the task it interrupted is a deadlock")
  func handlerSpins() throws {
    func verdict(_ kind: Lock.Kind) throws -> Verdict {
      let system = try System { b in
        let lock = b.lock("lock", kind)
        let pending = b.field("pending", .flag, initially: true)
        let cpu = b.cpu()
        b.actor("task", on: cpu) { _ in
          lock.acquire()
          lock.release()
        }
        b.actor("handler", on: cpu, .interrupt) { _ in
          Loop {
            Step("irq", .atomic(pending), when: { $0 }) { $0 = false }.mayRest()
            lock.acquire()
            lock.release()
          }
        }
      }
      return try self.verdict(of: system)
    }
    #expect(try verdict(.spinlock) == .found(.deadlock))
    #expect(try verdict(.irqSpinlock) == .holds)
  }

  @Test("per-CPU work runs on its CPU only while no other task there has preemption off")
  func perCPUWork() throws {
    // The drain of pcp lists: a work item on the CPU whose task is inside its section.
    func verdict(workOnSameCPU: Bool) throws -> Verdict {
      let system = try System { b in
        let isInside = b.field("inside", .flag, initially: false)
        let isQueued = b.field("queued", .flag, initially: true)
        let collided = b.ghost("collided", .flag, initially: false)
        let cpu = b.cpu()
        b.actor("task", on: cpu) { _ in
          preemptDisable()
          Step("enter", .store(isInside)) { true }
          Step("leave", .store(isInside)) { false }
          preemptEnable()
        }
        b.actor("kworker", on: workOnSameCPU ? cpu : b.cpu()) { _ in
          Loop {
            Step("work", .atomic(isQueued), when: { $0 }) { $0 = false }.mayRest()
            Step("drain", .load(isInside)).noting { s in if s[isInside] { s[collided] = true } }
          }
        }
        b.invariant("never inside together") { s in !s[collided] }
      }
      return try self.verdict(of: system)
    }
    #expect(try verdict(workOnSameCPU: true) == .holds)
    #expect(
      try verdict(workOnSameCPU: false) == .found(.violated, property: "never inside together"))
  }
}
