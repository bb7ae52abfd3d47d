import ModelChecking
import Testing

/// What may come in between on one CPU: the kernel's table of contexts.
@Suite("Softirqs and bottom halves")
struct SoftirqTests {
  /// What an actor has off between its two halves.
  enum Off: CaseIterable {
    case nothing, preemption, bottomHalves, interrupts
    case spinlock, bhSpinlock, irqSpinlock
  }

  /// Whether an observer on the same CPU can come in between the halves of a worker's work.
  private func comesBetween(_ observer: ActorKind, _ worker: ActorKind, _ off: Off) throws -> Bool {
    let system = try System { b in
      let parts = b.field("parts", .range(0...2), initially: 0)
      let seen = b.ghost("seen", .flag, initially: false)
      let kind: Lock.Kind =
        off == .bhSpinlock ? .bhSpinlock : off == .irqSpinlock ? .irqSpinlock : .spinlock
      let lock = b.lock("lock", kind)
      let cpu = b.cpu()
      b.actor("worker", on: cpu, worker) { _ in
        Step("begin")
        switch off {
        case .nothing: Steps.none
        case .preemption: preemptDisable()
        case .bottomHalves: localBHDisable()
        case .interrupts: localIrqSave()
        default: lock.acquire()
        }
        Step("half", .atomic(parts)) { $0 += 1 }
        Step("half", .atomic(parts)) { $0 += 1 }
        switch off {
        case .nothing: Steps.none
        case .preemption: preemptEnable()
        case .bottomHalves: localBHEnable()
        case .interrupts: localIrqRestore()
        default: lock.release()
        }
      }
      b.actor("observer", on: cpu, observer) { _ in
        Step("look", .load(parts)).noting { s in if s[parts] == 1 { s[seen] = true } }
      }
      b.invariant("the middle is not seen") { s in !s[seen] }
    }
    let verdicts = try [SearchStrategy.fast, .reference].map {
      try system.search(strategy: $0).verdict
    }
    #expect(verdicts[0] == verdicts[1])
    return verdicts[0] != .holds
  }

  @Test("who comes in between the steps of a task", arguments: Off.allCases)
  func task(off: Off) throws {
    #expect(try comesBetween(.task, .task, off) == (off == .nothing))
    let softirq: Set<Off> = [.nothing, .preemption, .spinlock]
    #expect(try comesBetween(.softirq, .task, off) == softirq.contains(off))
    let interrupt: Set<Off> = [.nothing, .preemption, .bottomHalves, .spinlock, .bhSpinlock]
    #expect(try comesBetween(.interrupt, .task, off) == interrupt.contains(off))
  }

  @Test("only interrupts come in between the steps of a softirq", arguments: Off.allCases)
  func softirq(off: Off) throws {
    #expect(try !comesBetween(.task, .softirq, off))
    #expect(try !comesBetween(.softirq, .softirq, off))
    #expect(
      try comesBetween(.interrupt, .softirq, off) == (off != .interrupts && off != .irqSpinlock))
  }

  @Test("nothing comes in between the steps of an interrupt")
  func interrupt() throws {
    for off in [Off.nothing, .preemption, .interrupts, .spinlock, .irqSpinlock] {
      for observer in [ActorKind.task, .softirq, .interrupt] {
        #expect(try !comesBetween(observer, .interrupt, off))
      }
    }
  }

  /// A task holds a lock, and a handler on its CPU takes it.
  private func verdict(_ kind: Lock.Kind, _ handler: ActorKind, sameCPU: Bool) throws -> Verdict {
    let system = try System { b in
      let lock = b.lock("lock", kind)
      let cpu = b.cpu()
      b.actor("task", on: cpu) { _ in
        lock.acquire()
        lock.release()
      }
      b.actor("handler", on: sameCPU ? cpu : b.cpu(), handler) { _ in
        Step("begin").mayRest()
        lock.acquire()
        lock.release()
      }
    }
    let verdicts = try [SearchStrategy.fast, .reference].map {
      try system.search(strategy: $0).verdict
    }
    #expect(verdicts[0] == verdicts[1])
    return verdicts[0]
  }

  @Test("a lock that a handler takes is held with that handler kept away")
  func handlersLock() throws {
    #expect(try verdict(.spinlock, .softirq, sameCPU: true) == .found(.deadlock))
    #expect(try verdict(.bhSpinlock, .softirq, sameCPU: true) == .holds)
    #expect(try verdict(.irqSpinlock, .softirq, sameCPU: true) == .holds)
    #expect(try verdict(.spinlock, .interrupt, sameCPU: true) == .found(.deadlock))
    #expect(try verdict(.irqSpinlock, .interrupt, sameCPU: true) == .holds)
    for kind in [Lock.Kind.spinlock, .bhSpinlock, .irqSpinlock] {
      #expect(try verdict(kind, .softirq, sameCPU: false) == .holds)
    }
    #expect(try verdict(.spinlock, .interrupt, sameCPU: false) == .holds)
  }

  @Test("bottom halves are not for interrupts")
  func misuse() throws {
    let cases: [(ActorKind, Steps)] = [
      (.interrupt, localBHDisable().steps),
      (
        .task,
        Steps {
          localBHDisable()
          localIrqSave()
          localBHEnable()
        }
      ),
    ]
    for (kind, steps) in cases {
      let system = try System { b in b.actor("actor", on: b.cpu(), kind) { _ in steps } }
      for strategy in [SearchStrategy.fast, .reference] {
        #expect(
          try system.search(strategy: strategy).verdict
            == .found(
              .lockMisused,
              property: "actor disables or enables bottom halves where interrupts are off"))
      }
    }
  }
}
