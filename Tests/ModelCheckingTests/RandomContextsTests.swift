import ModelChecking
import Testing

/// Random systems of everything an oracle would be too much work for: locks, CPU contexts,
/// interrupts, registers, ghosts, warnings, faults, states of several words.
@Suite("The fast search against the reference on random systems of every kind")
struct RandomContextsTests {
  @Test("they agree on verdict, figures and traces", arguments: 0..<8)
  func agreement(batch: Int) throws {
    var compared = 0
    var verdicts: Set<String> = []
    for seed in (batch * 60)..<(batch * 60 + 60) {
      // Some random programs make no sense, and say so.
      guard let system = try? System({ RandomPrograms(seed: UInt64(seed)).declare(in: $0) }),
        try system.search().statistics.states < 5_000
      else { continue }
      let reference = try system.search(strategy: .reference)
      for threads in [1, 2, 5] {
        try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
      }
      compared += 1
      verdicts.insert(reference.verdict.name)
    }
    #expect(compared > 30)
    #expect(verdicts.count >= 3)
  }
}

/// Three actors on two CPUs with random programs.
private struct RandomPrograms {
  private struct Shared {
    let small: Field<Int>
    let wide: Field<Int>
    let ghost: Field<Int>
    let locks: [Lock]
    let semaphore: ReadWriteSemaphore
  }

  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  func declare(in b: SystemBuilder) {
    var copy = self
    copy.makeSystem(b)
  }

  private mutating func makeSystem(_ b: SystemBuilder) {
    let cpus = (0..<2).map { _ in b.cpu() }
    let shared = Shared(
      small: b.field("small", .range(-3...3), initially: 0),
      wide: b.field("wide", .range(-(1 << 60)...(1 << 60)), initially: 0),
      ghost: b.field("ghost", .range(0...3), initially: 0, role: .ghost),
      locks: [b.lock("m", .mutex), b.lock("s", .spinlock), b.lock("i", .irqSpinlock)],
      semaphore: b.readWriteSemaphore("rw"))
    for number in 0..<3 {
      let kind: ActorKind = random.next(below: 3) == 0 ? .interrupt : .task
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
        Step("idle") { s in s[register] = 0 }.mayRest()
        for piece in pieces { piece }
      }
    }
  }

  private mutating func piece(_ shared: Shared, _ register: Field<Int>, depth: Int) -> Steps {
    let (small, wide, ghost) = (shared.small, shared.wide, shared.ghost)
    let (k, v) = (random.next(below: 4), random.next(below: 3))
    let choice = random.next(below: depth > 2 ? 5 : 12)
    switch choice {
    case 0:
      let by = [-1, 1, 2][v]
      // Where it may leave its range, that is a fault.
      return Step("small += \(by)") { s in s[small] = k == 0 ? s[small] + by : (s[small] + by) % 4 }
        .steps
    case 1:
      return Step("wide") { s in
        s[wide] = s[wide] >= 1 << 59 ? -(1 << 60) : s[wide] + (1 << 59)
      }.also { s in s[ghost] = (s[ghost] + 1) % 4 }.steps
    case 2: return Step("register") { s in s[register] = (s[register] + abs(s[small])) % 4 }.steps
    case 3:
      let wait = Step("wait", when: { s in s[small] == v - 1 || s[register] == k }) { s in
        s[register] = k
      }
      return (v == 0 ? wait.mayRest() : wait).steps
    case 4: return Step("small = \(v)") { s in s[small] = v }.steps
    default: break
    }
    let inner = piece(shared, register, depth: depth + 1)
    let other = piece(shared, register, depth: depth + 1)
    let lock = shared.locks[v]
    let semaphore = shared.semaphore
    switch choice {
    case 5:
      return Steps {
        lock.acquire(); inner; lock.release()
      }
    case 6:
      return Steps {
        If(lock.tryAcquire()) {
          inner; lock.release()
        }
      }
    case 7:
      return Steps {
        If(Condition(register: { s in s[register] >= v })) {
          inner
        } otherwise: {
          other
        }
      }
    case 8:
      return Steps {
        Choose {
          Way { inner }
          Way {
            If(Condition(register: { s in s[register] == v })) {
              Step("clear") { s in s[register] = 0 }
            } otherwise: {
              Step("set") { s in s[register] = v }
            }
          }
        }
      }
    case 9:
      return Steps {
        semaphore.acquireRead(); inner; semaphore.releaseRead()
      }
    case 10:
      return Steps {
        semaphore.acquireWrite(); inner; semaphore.releaseWrite()
      }
    default:
      return v == 0
        ? Steps {
          localIrqSave(); inner; localIrqRestore()
        }
        : Steps {
          preemptDisable(); inner; preemptEnable()
        }
    }
  }
}
