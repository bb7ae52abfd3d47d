import ModelChecking
import TestSupport
import Testing

/// What an actor keeps away while it waits for a lock, and how handlers begin.
@Suite("Spinning")
struct SpinningTests {
  private func outcome(_ build: (SystemBuilder) -> Void) throws -> Outcome {
    let system = try System(build)
    let reference = try system.search(strategy: .reference)
    #expect(try system.search().verdict == reference.verdict)
    #expect(checkFootprints(of: system) == [])
    return reference
  }

  /// A sender holds a lock and waits for somebody on a CPU whose task spins on that lock.
  private func sending(
    _ kind: Lock.Kind, to receiver: ActorKind, sharesCPU: Bool = true, inSection: Bool = false,
    asks: Bool = false, through middle: Bool = false
  ) throws -> Outcome {
    try outcome { b in
      let lock = b.lock("lock", kind)
      let other = b.lock("other", kind)
      let isSent = b.field("sent", .flag, initially: false)
      let isDone = b.field("done", .flag, initially: false)
      let n = b.field("n", .range(0...1), initially: 0)
      let cpu = b.cpu()
      b.actor("sender", on: b.cpu()) { _ in
        (middle ? other : lock).acquire()
        Step("send", .store(isSent)) { true }
        Step("wait", .wait(isDone)) { $0 }
        (middle ? other : lock).release()
      }
      if middle {
        b.actor("middle", on: b.cpu()) { _ in
          lock.acquire()
          other.acquire()
          other.release()
          lock.release()
        }
      }
      b.actor("spinner", on: cpu) { _ in
        if asks {
          Step("section", .section([n], taking: lock), when: { s in s[n] == 0 }) { s in s[n] = 1 }
        } else if inSection {
          Step("section", .section([n], taking: lock)) { s in s[n] = 1 }
        } else {
          lock.acquire()
          lock.release()
        }
      }
      b.actor("receiver", on: sharesCPU ? cpu : b.cpu(), receiver) { _ in
        Step("receive", .wait(isSent)) { $0 }.mayRest()
        Step("answer", .store(isDone)) { true }
      }
    }
  }

  @Test(
    "keeps away what the lock turns off, before it is taken",
    arguments: [Lock.Kind.spinlock, .bhSpinlock, .irqSpinlock], [false, true])
  func keepsAway(kind: Lock.Kind, inSection: Bool) throws {
    for receiver in [ActorKind.task, .softirq, .interrupt] {
      let isKeptAway =
        switch receiver {
        case .task: true
        case .softirq: kind != .spinlock
        case .interrupt: kind == .irqSpinlock
        }
      #expect(
        try sending(kind, to: receiver, inSection: inSection).verdict
          == (isKeptAway ? .found(.deadlock) : .holds))
      #expect(
        try sending(kind, to: receiver, sharesCPU: false, inSection: inSection).verdict == .holds)
      if !inSection { continue }
      #expect(
        try sending(kind, to: receiver, asks: true).verdict
          == (isKeptAway ? .found(.deadlock) : .holds))
      #expect(try sending(kind, to: receiver, sharesCPU: false, asks: true).verdict == .holds)
    }
  }

  @Test("for a section that waits for more keeps nobody away once that is no longer so")
  func inVain() throws {
    func outcome(undone: Bool) throws -> Outcome {
      try self.outcome { b in
        let lock = b.lock("lock", .spinlock)
        let isSent = b.field("sent", .flag, initially: false)
        let n = b.field("n", .range(0...2), initially: 0)
        let cpu = b.cpu()
        b.actor("holder", on: b.cpu()) { _ in
          lock.acquire()
          Step("wait", .wait(isSent)) { $0 }
          if undone { Step("n = 1", .store(n)) { 1 } }
          lock.release()
        }
        b.actor("sender", on: b.cpu()) { _ in Step("send", .store(isSent)) { true } }
        b.actor("spinner", on: cpu) { _ in
          Choose {
            Way {
              Step("section", .section([n], taking: lock), when: { s in s[n] == 0 }) { s in
                s[n] = 2
              }
            }
            Way { Step("other", .wait(n)) { $0 == 2 } }
          }
        }
        b.actor("reviver", on: cpu, duty: .mayRunForever) { _ in
          Loop { Step("n = 0", .atomic(n), when: { $0 == 1 }) { $0 = 0 }.mayRest() }
        }
        b.goal("it spins and gives up") { s in s[n] == 1 && lock.isFree(s) }
      }
    }
    let outcome = try outcome(undone: true)
    #expect(outcome.verdict == .holds)
    #expect(outcome.coverage?.gaps.contains { "\($0)".contains("section") } == false)
  }

  @Test("keeps away also those for whom somebody waits under another lock")
  func throughAnother() throws {
    let kind = Lock.Kind.irqSpinlock
    #expect(try sending(kind, to: .interrupt, through: true).verdict == .found(.deadlock))
    #expect(
      try sending(kind, to: .interrupt, sharesCPU: false, through: true).verdict == .holds)
  }

  @Test(
    "keeps away also those for whom a handler waits that interrupted the lock's holder",
    arguments: [false, true])
  func holderIsInterrupted(sharesCPU: Bool) throws {
    let found = try outcome { b in
      let lock = b.lock("lock", .spinlock)
      let isSent = b.field("sent", .flag, initially: false)
      let isDone = b.field("done", .flag, initially: false)
      let (cpu, other) = (b.cpu(), b.cpu())
      b.actor("holder", on: other) { _ in lock.guarded { Step("work") } }
      b.actor("sender", on: other, .interrupt) { _ in
        Step("send", .store(isSent)) { true }
        Step("wait", .wait(isDone)) { $0 }
      }
      b.actor("spinner", on: cpu) { _ in lock.guarded { Step("work") } }
      b.actor("receiver", on: sharesCPU ? cpu : b.cpu()) { _ in
        Step("receive", .wait(isSent)) { $0 }
        Step("answer", .store(isDone)) { true }
      }
    }
    #expect(found.verdict == (sharesCPU ? .found(.deadlock) : .holds))
  }

  @Test("is a step of its own in the trace, where it matters")
  func trace() throws {
    let trace = try #require(try sending(.irqSpinlock, to: .interrupt).findings.first).trace
    #expect(
      (trace.steps + trace.onward).map(\.name)
        == ["spin_lock_irqsave(lock)", "send", "spin_lock_irqsave(lock) spins"])
  }

  @Test("on a mutex keeps nobody away")
  func mutex() throws {
    for receiver in [ActorKind.task, .softirq, .interrupt] {
      #expect(try sending(.mutex, to: receiver).verdict == .holds)
    }
  }

  @Test("in a softirq with interrupts off keeps interrupts away")
  func softirqSpins() throws {
    for (kind, isKeptAway) in [(Lock.Kind.spinlock, false), (.irqSpinlock, true)] {
      let found = try outcome { b in
        let lock = b.lock("lock", kind)
        let isSent = b.field("sent", .flag, initially: false)
        let isDone = b.field("done", .flag, initially: false)
        let cpu = b.cpu()
        b.actor("sender", on: b.cpu()) { _ in
          lock.acquire()
          Step("send", .store(isSent)) { true }
          Step("wait", .wait(isDone)) { $0 }
          lock.release()
        }
        b.actor("softirq", on: cpu, .softirq) { _ in
          Step("begin")
          lock.acquire()
          lock.release()
        }
        b.actor("interrupt", on: cpu, .interrupt) { _ in
          Step("receive", .wait(isSent)) { $0 }.mayRest()
          Step("answer", .store(isDone)) { true }
        }
      }
      #expect(found.verdict == (isKeptAway ? .found(.deadlock) : .holds))
    }
  }

  @Test("costs no state where nobody waits for anything else with the lock held")
  func costsNothing() throws {
    func states(_ program: @escaping (Lock) -> Steps) throws -> Int {
      try outcome { b in
        let lock = b.lock("lock", .irqSpinlock)
        let cpu = b.cpu()
        b.actor("a", on: b.cpu()) { _ in program(lock) }
        b.actor("b", on: cpu) { _ in
          lock.acquire()
          lock.release()
        }
        b.actor("c", on: cpu) { _ in Step("c") }
      }.statistics.states
    }
    // Two actors before, inside and behind, not both inside, times another before or behind.
    #expect(try states { lock in lock.guarded { Steps.none } } == 16)
    // Round a loop one may wait. Of the 13 places of the two, b spins in 3.
    let looping = try states { lock in
      lock.guarded {
        Loop {
          Choose {
            Way { Step("again") }
            Way {
              Step("enough")
              Break()
            }
          }
        }
      }
    }
    #expect(looping == 13 * 2)
  }

  // MARK: Handlers

  /// A task holds a lock, and a handler on its CPU begins with taking it.
  private func handlerBegins(
    _ kind: Lock.Kind, _ handler: ActorKind, _ program: @escaping (Lock, Field<Int>) -> Steps
  ) throws -> Outcome {
    try outcome { b in
      let lock = b.lock("lock", kind)
      let n = b.field("n", .range(0...1), initially: 0)
      let cpu = b.cpu()
      b.actor("task", on: cpu) { _ in
        lock.acquire()
        Step("n", .store(n)) { 1 }
        lock.release()
      }
      b.actor("handler", on: cpu, handler) { _ in program(lock, n) }
    }
  }

  private static let beginnings: [@Sendable (Lock, Field<Int>) -> Steps] = [
    { lock, _ in
      Steps {
        lock.acquire()
        lock.release()
      }
    },
    { lock, _ in
      Steps {
        Loop {
          lock.acquire().mayRest()
          lock.release()
        }
      }
    },
    { lock, n in Step("section", .section([n], taking: lock)) { s in s[n] = 1 }.steps },
    { lock, n in
      Steps {
        Loop {
          Choose {
            Way { Step("section", .section([n], taking: lock)) { s in s[n] = 1 }.mayRest() }
            Way { Step("other").mayRest() }
          }
        }
      }
    },
  ]

  @Test("a handler begins whenever it may, also with a lock", arguments: beginnings.indices)
  func begins(index: Int) throws {
    let program = Self.beginnings[index]
    for handler in [ActorKind.softirq, .interrupt] {
      let outcome = try handlerBegins(.spinlock, handler, program)
      #expect(outcome.verdict == .found(.deadlock))
      #expect(
        outcome.findings.first?.trace.steps.map(\.name) == ["spin_lock(lock)", "enter handler"])
      #expect(try handlerBegins(.irqSpinlock, handler, program).verdict == .holds)
    }
    #expect(try handlerBegins(.bhSpinlock, .softirq, program).verdict == .holds)
  }

  @Test("a handler that waits for a field begins when that comes")
  func trigger() throws {
    let outcome = try outcome { b in
      let isPending = b.field("pending", .flag, initially: false)
      let cpu = b.cpu()
      b.actor("task", on: cpu) { _ in Step("raise", .store(isPending)) { true } }
      b.actor("handler", on: cpu, .interrupt) { _ in
        Step("irq", .wait(isPending)) { $0 }.mayRest()
      }
      b.goal("both end") { s in s[isPending] }
    }
    #expect(outcome.verdict == .holds)
    #expect(outcome.statistics.states == 3)
  }

  private static let waits: [@Sendable (Field<Bool>) -> Step] = [
    { isBusy in Step("look", .wait(isBusy)) { !$0 } },
    { isBusy in Step("look", .atomic(isBusy), when: { !$0 }) { _ in } },
    { isBusy in
      Step("look", .section([isBusy], because: "it is a test"), when: { s in !s[isBusy] }) { _ in }
    },
  ]

  @Test("a handler that must not rest begins also where it has to wait", arguments: waits.indices)
  func waitsInside(index: Int) throws {
    let wait = Self.waits[index]
    for (handler, isOff) in [
      (ActorKind.softirq, false), (.interrupt, false), (.softirq, true), (.interrupt, true),
    ] {
      for ways in 1...2 {
        let outcome = try outcome { b in
          let isBusy = b.field("busy", .flag, initially: false)
          let cpu = b.cpu()
          b.actor("task", on: cpu) { _ in
            if isOff { localIrqSave() }
            Step("begin", .store(isBusy)) { true }
            Step("end", .store(isBusy)) { false }
            if isOff { localIrqRestore() }
          }
          b.actor("handler", on: cpu, handler) { _ in
            Loop {
              Choose(1...ways) { _ in wait(isBusy) }
              Step("on").mayRest()
            }
          }
        }
        #expect(outcome.verdict == (isOff ? .holds : .found(.deadlock)))
        if isOff { continue }
        #expect(
          outcome.findings.first?.trace.steps.map(\.name) == ["begin", "enter handler"])
      }
    }
  }
}
