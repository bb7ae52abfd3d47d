import ModelChecking
import Testing

@Suite("Sleeping in atomic context")
struct SleepTests {
  /// What the actor is in, and how it says so.
  static let contexts: [(String, ActorKind, Step?, isAtomic: Bool)] = [
    ("task", .task, nil, false), ("preemption off", .task, preemptDisable(), true),
    ("bottom halves off", .task, localBHDisable(), true),
    ("interrupts off", .task, localIrqSave(), true), ("softirq", .softirq, nil, true),
    ("interrupt", .interrupt, nil, true),
  ]

  /// Both searches' verdict on a first step in some context.
  private func verdict(
    in context: Int, others: Int = 0, _ step: @escaping (SystemBuilder) -> Steps
  ) throws -> Verdict {
    let (_, kind, off, _) = Self.contexts[context]
    let system = try System { b in
      let steps = step(b)
      b.actor("actor", on: b.cpu(), kind) { _ in
        Step("begin").mayRest()
        if let off { off }
        steps
        Step("go on", .wait(b.field("never", .flag, initially: false))) { $0 }
      }
    }
    let verdicts = try [SearchStrategy.fast, .reference].map {
      try system.search(strategy: $0).verdict
    }
    #expect(verdicts[0] == verdicts[1])
    return verdicts[0]
  }

  private let never: @Sendable (Bool) -> Bool = { $0 }

  @Test("is found also where the step would have to wait", arguments: contexts.indices)
  func waits(context: Int) throws {
    let expected: Verdict =
      Self.contexts[context].isAtomic
      ? .found(.lockMisused, property: "actor may sleep where it can't be preempted")
      : .found(.deadlock)
    for mayGoOn in [false, true] {
      let found = try verdict(in: context) { b in
        let done = b.field("done", .flag, initially: mayGoOn)
        return Step("wait_for_completion", .wait(done)) { $0 }.sleeps().steps
      }
      #expect(found == expected)
    }
    let asked = try verdict(in: context) { b in
      let done = b.field("done", .range(0...1), initially: 0)
      return Condition("wait", .atomic(done), when: { $0 > 0 }) { $0 > 0 }.sleeps().steps
    }
    #expect(asked == expected)
    let working = try verdict(in: context) { _ in Step("kmalloc(GFP_KERNEL)").sleeps().steps }
    #expect(working == expected)
  }

  @Test("is found also while somebody else holds the lock", arguments: contexts.indices, 0..<5)
  func locks(context: Int, way: Int) throws {
    let (_, kind, off, isAtomic) = Self.contexts[context]
    let system = try System { b in
      let (m, rw) = (b.lock("m", .mutex), b.readWriteSemaphore("rw"))
      let n = b.field("n", .range(0...1), initially: 0)
      let take: Steps =
        switch way {
        case 0: m.acquire().steps
        case 1: Step("section", .section([n], taking: m)) { s in s[n] = 0 }.steps
        case 2: rw.acquireRead().steps
        case 3: rw.acquireWrite().steps
        default: m.tryAcquire().steps
        }
      // The other holds both for ever, so that the lock is never free.
      b.actor("holder", on: b.cpu()) { _ in
        m.acquire()
        rw.acquireWrite()
        Step("both", .store(n)) { 1 }
        Step("for ever", .wait(b.field("never", .flag, initially: false))) { $0 }.mayRest()
      }
      b.actor("actor", on: b.cpu(), kind) { _ in
        Step("begin", .wait(n)) { $0 == 1 }
        if let off { off }
        take
        Step("go on", .wait(b.field("nor this", .flag, initially: false))) { $0 }
      }
    }
    // mutex_trylock() does not sleep, but is not for handlers.
    let isMisuse = way == 4 ? kind != .task : isAtomic
    let lock = [2, 3].contains(way) ? "rw" : "m"
    let expected: Verdict =
      isMisuse
      ? .found(.lockMisused, property: "actor may sleep on '\(lock)' where it can't be preempted")
      : .found(.deadlock)
    for strategy in [SearchStrategy.fast, .reference] {
      #expect(try system.search(strategy: strategy).verdict == expected)
    }
  }

  @Test("is no business of a question about registers, or of one of several steps")
  func misused() throws {
    #expect(throws: ModelError.self) {
      try System { b in
        b.actor("actor", on: b.cpu()) { _ in Condition(register: { _ in true }).sleeps() }
      }
    }
  }
}
