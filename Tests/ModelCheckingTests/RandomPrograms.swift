import ModelChecking

/// Three actors on two CPUs with random programs of steps of every kind.
struct RandomPrograms {
  private struct Shared {
    let small: Field<Int>
    let wide: Field<Int>
    let flags: FieldArray<Bool>
    let ghost: Ghost<Int>
    let locks: [Lock]
    let semaphores: [ReadWriteSemaphore]
    let readWriteLock: ReadWriteLock
  }

  private var random: SplitMix64

  /// The system of a seed.
  ///
  /// - Parameter racing: whether data races are told of.
  /// - Throws: `ModelError`, for some random programs make no sense.
  static func system(seed: UInt64, racing: Bool = false) throws(ModelError) -> System {
    try System { b in
      if racing { b.reportDataRaces() }
      var programs = RandomPrograms(random: SplitMix64(seed: seed))
      programs.declare(in: b)
    }
  }

  private mutating func declare(in b: SystemBuilder) {
    let cpus = (0..<2).map { _ in b.cpu() }
    let starts = (0...random.next(below: 2)).map { _ in random.next(below: 7) - 3 }
    let shared = Shared(
      small: b.field("small", .range(-3...3), initiallyAnyOf: starts),
      wide: b.field("wide", .range(-(1 << 60)...(1 << 60)), initially: 0),
      // A register chooses from 0 to 3, so three are one too few.
      flags: b.fields(
        "flag", count: random.next(below: 4) == 0 ? 3 : 4, .flag, initially: false),
      ghost: b.ghost("ghost", .range(0...3), initially: 0),
      locks: [
        b.lock("m", .mutex), b.lock("s", .spinlock), b.lock("i", .irqSpinlock),
        b.lock("b", .bhSpinlock),
      ],
      semaphores: [b.readWriteSemaphore("rw"), b.readWriteSemaphore("unfair", .unfair)],
      readWriteLock: b.readWriteLock("rwlock"))
    let ruledOut = random.next(below: 14) - 3
    b.initially { s in s[shared.small] != ruledOut }
    for number in 0..<3 {
      let kind = [ActorKind.task, .task, .task, .softirq, .interrupt][random.next(below: 5)]
      let cpu = cpus[random.next(below: 2)]
      b.actor("actor\(number)", on: cpu, kind) { actor in program(of: actor, shared) }
    }
    let warned = (random.next(below: 7) - 3, random.next(below: 4))
    b.invariant("warned", severity: .warning) { s in
      s[shared.small] != warned.0 || s[shared.ghost] != warned.1
    }
    let bug = (random.next(below: 7) - 3, random.next(below: 4))
    b.invariant("bug") { s in s[shared.small] != bug.0 || s[shared.ghost] != bug.1 }
    b.goal("goal", random.next(below: 2) == 0 ? .reachable : .alwaysReachable) { s in
      s[shared.ghost] == warned.1 && s[shared.wide] <= 0
    }
  }

  private mutating func program(of actor: Actor, _ shared: Shared) -> Steps {
    let register = actor.register("register", .range(0...3), initially: 0)
    let pieces = (0...random.next(below: 3)).map { _ in piece(shared, register, depth: 0) }
    if random.next(below: 3) > 0 { return Steps { for piece in pieces { piece } } }
    return Steps {
      Loop {
        Step("idle") { my in my[register] = 0 }.mayRest()
        for piece in pieces { piece }
      }
    }
  }

  private mutating func piece(_ shared: Shared, _ register: Register<Int>, depth: Int) -> Steps {
    let (k, v) = (random.next(below: 4), random.next(below: 3))
    let lock = shared.locks[random.next(below: 4)]
    let choice = random.next(below: depth > 2 ? 8 : 20)
    if choice < 8 { return step(choice, k, v, lock, shared, register).steps }
    let inner = piece(shared, register, depth: depth + 1)
    let other = piece(shared, register, depth: depth + 1)
    return composed(choice, k, v, lock, shared, register, inner, other)
  }

  private func step(
    _ choice: Int, _ k: Int, _ v: Int, _ lock: Lock, _ shared: Shared, _ register: Register<Int>
  ) -> Step {
    let (small, ghost) = (shared.small, shared.ghost)
    switch choice {
    case 0:
      let by = [-1, 1, 2][v]
      // Where it may leave its range, that is a fault.
      return Step("small += \(by)", .atomic(small)) { $0 = k == 0 ? $0 + by : ($0 + by) % 4 }
    case 1:
      return Step("wide", .atomic(shared.wide)) { $0 = $0 >= 1 << 59 ? -(1 << 60) : $0 + (1 << 59) }
        .noting { s in s[ghost] = (s[ghost] + 1) % 4 }
    case 2:
      return Step("register", .load(small)) { value, my in
        my[register] = (my[register] + abs(value)) % 4
      }
    case 3:
      let wait = Step("wait", .wait(small)) { value, my in value == v - 1 || my[register] == k }
        .also { my in my[register] = k }
      return v == 0 ? wait.mayRest() : v == 1 && k == 0 ? wait.sleeps() : wait
    case 4: return Step("small = \(v)", .store(small)) { v }
    case 5: return section(k, v, lock, shared, register)
    case 6:
      return Step(
        "flags[register]", .atomic(shared.flags[register]), when: { flag, _ in !flag || k > 0 }
      ) { flag, my in
        flag.toggle()
        if v == 0 { my[register] = k }
      }
    default:
      // The same claim is made at several steps, of other values.
      return Step("claim \(k)", .store(small)) { my in my[register] - v }
        .asserting("claim \(k)", severity: k == 0 ? .bug : .warning) { s in
          s[shared.flags[v]] || s[ghost] != k
        }
    }
  }

  private func section(
    _ k: Int, _ v: Int, _ lock: Lock, _ shared: Shared, _ register: Register<Int>
  ) -> Step {
    let (small, flag) = (shared.small, shared.flags[v])
    let fields: [any SharedField] = [small, flag]
    let section: Section =
      switch k {
      case 0: .section(fields, holding: lock)
      case 1: .section(fields, taking: lock)
      default: .section(fields, because: "the systems are random")
      }
    return Step("section", section, when: { s in k != 2 || s[small] >= 0 }) { s in
      s[flag] = s[small] == v
      s[small] = s[flag] ? 0 : v - 1
      s[register] = k
    }
  }

  private func composed(
    _ choice: Int, _ k: Int, _ v: Int, _ lock: Lock, _ shared: Shared, _ register: Register<Int>,
    _ inner: Steps, _ other: Steps
  ) -> Steps {
    let (semaphore, small, flag) = (shared.semaphores[v / 2], shared.small, shared.flags[v])
    switch choice {
    case 8, 9:
      return Steps {
        lock.acquire()
        if k == 0 {
          lock.assertHeld()
          Step("inside", .section([small, flag], holding: lock)) { s in s[flag] = s[small] > 0 }
        }
        inner
        lock.release()
      }
    case 10:
      return Steps {
        If(lock.tryAcquire()) {
          inner
          lock.release()
        }
      }
    case 11:
      return Steps {
        If(Condition(register: { my in my[register] >= v })) {
          inner
        } otherwise: {
          other
        }
      }
    case 12:
      return Steps {
        Choose {
          Way { inner }
          Way {
            If(Condition(register: { my in my[register] == v })) {
              Step("clear") { my in my[register] = 0 }
            } otherwise: {
              Step("set") { my in my[register] = v }
            }
          }
        }
      }
    case 13:
      return Steps {
        semaphore.acquireRead()
        inner
        semaphore.releaseRead()
      }
    case 14:
      return Steps {
        semaphore.acquireWrite()
        inner
        semaphore.releaseWrite()
        If(
          Condition("small?", .load(small)) { $0 < v }
            .asserting("small after all", severity: .warning) { s, answer in
              answer || s[shared.ghost] != k
            }
        ) { other }
      }
    case 15, 16: return readWriteLocked(k, v, shared.readWriteLock, inner)
    case 17:
      return Steps {
        Loop {
          // Some ways out are not at the end.
          guarded(k, lock, semaphore) {
            If(Condition(register: { my in my[register] >= v })) {
              if k == 0 { Break() } else { Finish() }
            }
            inner
            Step("register += 1") { my in my[register] = (my[register] + 1) % 4 }
          }
        }
      }
    case 18:
      return Steps {
        If(semaphore.tryAcquireWrite()) {
          inner
          semaphore.downgradeWrite()
          other
          semaphore.releaseRead()
        } otherwise: {
          If(semaphore.tryAcquireRead()) { semaphore.releaseRead() }
        }
      }
    default:
      let (off, on) = [
        (localIrqSave(), localIrqRestore()), (preemptDisable(), preemptEnable()),
        (localBHDisable(), localBHEnable()),
      ][v]
      return Steps {
        off
        inner
        // Now and then it is forgotten.
        if k > 0 { on }
      }
    }
  }

  private func guarded(
    _ k: Int, _ lock: Lock, _ semaphore: ReadWriteSemaphore, @StepsBuilder _ body: () -> Steps
  ) -> Steps {
    switch k {
    case 0: semaphore.readGuarded(body)
    case 1: semaphore.writeGuarded(body)
    default: lock.guarded(body)
    }
  }

  private func readWriteLocked(_ k: Int, _ v: Int, _ lock: ReadWriteLock, _ inner: Steps) -> Steps {
    let context = [ReadWriteLock.Context.plain, .bottomHalvesOff, .interruptsOff][v]
    switch k {
    case 0:
      return Steps {
        lock.acquireWrite(context)
        inner
        lock.releaseWrite(context)
      }
    case 1:
      return Steps {
        If(lock.tryAcquireWrite(context)) {
          inner
          lock.releaseWrite(context)
        }
        If(lock.tryAcquireRead(context)) { lock.releaseRead(context) }
      }
    default:
      return Steps {
        lock.acquireRead(context)
        inner
        lock.releaseRead(context)
      }
    }
  }
}
