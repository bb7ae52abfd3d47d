import ModelChecking

/// Which locks let everybody in who waits, if no actor is starved that stays enabled?
///
/// `Tests/Peers/compare-fairness` asks Spin the same of the same locks.
let fairLocks = Model(
  name: "fair-locks",
  summary: "Does everybody get in who waits for a lock?",
  sources: [
    "Peterson, \"Myths About the Mutual Exclusion Problem\", 1981",
    "Mellor-Crummey, Scott, \"Algorithms for Scalable Synchronization\", 1991",
  ],
  bounds: [],
  variants: [
    Variant(
      "test-and-set", "waits until the lock is free", source: "made up",
      expect: .avoidable("p0 gets in", steps: 1), design: .testAndSet),
    Variant(
      "spinning", "tries until the lock is free", source: "made up",
      expect: .avoidable("p0 gets in", steps: 1), design: .spinning),
    Variant("ticket", "takes a number", source: "made up", expect: .holds, design: .ticket),
    Variant("peterson", "two flags and a turn", source: "1981", expect: .holds, design: .peterson),
    Variant("mcs", "a queue", source: "1991", expect: .holds, design: .mcs),
    Variant(
      "right-handed", "philosophers who all take the right fork first", source: "made up",
      expect: .deadlock(steps: 6), design: .rightHanded),
    Variant(
      "left-handed", "one of them takes the left fork first", source: "made up",
      expect: .avoidable("p0 gets in", steps: 1), design: .leftHanded),
  ],
  build: FairLock.declare)

enum FairLock: Hashable, Sendable {
  case testAndSet, spinning, ticket, peterson, mcs, rightHanded, leftHanded

  static func declare(in b: SystemBuilder, _ kind: FairLock, _ bounds: Bounds) {
    let isDining = kind == .rightHanded || kind == .leftHanded
    let count = isDining ? 3 : 2
    let waits = (0..<count).map { b.ghost("waits\($0)", .flag, initially: false) }
    let lock = kind.lock(in: b, for: count)
    for number in 0..<count {
      b.actor("p\(number)", on: b.cpu(), duty: .mayRunForever) { my in
        let (enter, leave) = lock(number, my)
        Loop {
          Step("outside").mayRest().noting { s in s[waits[number]] = true }
          enter
          Step("inside").noting { s in s[waits[number]] = false }
          leave
        }
      }
      b.goal("p\(number) gets in", .inevitable, whenever: { s in s[waits[number]] }) { s in
        !s[waits[number]]
      }
    }
  }

  typealias Use = (_ me: Int, _ actor: Actor) -> (enter: Steps, leave: Steps)

  private func lock(in b: SystemBuilder, for count: Int) -> Use {
    switch self {
    case .testAndSet: Self.testAndSet(b, spins: false)
    case .spinning: Self.testAndSet(b, spins: true)
    case .ticket: Self.ticket(b)
    case .peterson: Self.peterson(b)
    case .mcs: Self.mcs(b, count)
    case .rightHanded: Self.forks(b, count, leftHanded: false)
    case .leftHanded: Self.forks(b, count, leftHanded: true)
    }
  }

  private static func testAndSet(_ b: SystemBuilder, spins: Bool) -> Use {
    let isHeld = b.field("isHeld", .flag, initially: false)
    return { _, _ in
      let leave = Steps { Step("clear", .store(isHeld)) { false } }
      if !spins {
        return (
          Steps { Step("test_and_set", .atomic(isHeld), when: { !$0 }) { $0 = true } }, leave
        )
      }
      return (
        Steps {
          While(
            Condition("test_and_set", .atomic(isHeld)) { held in
              defer { held = true }
              return held
            }
          ) { Steps.none }
        }, leave
      )
    }
  }

  private static func ticket(_ b: SystemBuilder) -> Use {
    let next = b.field("next", .range(0...3), initially: 0)
    let owner = b.field("owner", .range(0...3), initially: 0)
    return { _, actor in
      let mine = actor.register("mine", .range(0...3), initially: 0)
      return (
        Steps {
          Step("ticket", .atomic(next)) { value, my in
            my[mine] = value
            value = (value + 1) % 4
          }
          Loop {
            If(Condition("owner == mine", .load(owner)) { value, my in value == my[mine] }) {
              Break()
            }
          }
        },
        Steps { Step("owner++", .atomic(owner)) { $0 = ($0 + 1) % 4 } }
      )
    }
  }

  private static func peterson(_ b: SystemBuilder) -> Use {
    let wants = (0..<2).map { b.field("wants\($0)", .flag, initially: false) }
    let turn = b.field("turn", .range(0...1), initially: 0)
    return { me, _ in
      (
        Steps {
          Step("wants = 1", .store(wants[me])) { true }
          Step("turn = other", .store(turn)) { 1 - me }
          Loop {
            If(!Condition("wants[other]", .load(wants[1 - me])) { $0 }) { Break() }
            If(!Condition("turn == other", .load(turn)) { $0 == 1 - me }) { Break() }
          }
        },
        Steps { Step("wants = 0", .store(wants[me])) { false } }
      )
    }
  }

  /// Numbers begin with 1; 0 is nobody.
  private static func mcs(_ b: SystemBuilder, _ count: Int) -> Use {
    let tail = b.field("tail", .range(0...count), initially: 0)
    let next = b.fields("next", count: count + 1, .range(0...count), initially: 0)
    let mustWait = b.fields("mustWait", count: count + 1, .flag, initially: false)
    return { number, actor in
      let me = number + 1
      let other = actor.register("other", .range(0...count), initially: 0)
      return (
        Steps {
          Step("next = NULL", .store(next[me])) { 0 }
          Step("xchg(tail)", .atomic(tail)) { value, my in
            my[other] = value
            value = me
          }
          If(Condition(register: { my in my[other] != 0 })) {
            Step("mustWait = 1", .store(mustWait[me])) { true }
            Step("prev->next = me", .store(next[other])) { me }
            Step("wait", .wait(mustWait[me])) { !$0 }
          }
        },
        Steps {
          Call("unlock") {
            If(Condition("next", .load(next[me])) { value, _ in value == 0 }) {
              If(
                Condition("cmpxchg(tail)", .atomic(tail)) { value in
                  if value != me { return false }
                  value = 0
                  return true
                }
              ) { Return() }
              Step("wait for next", .wait(next[me])) { $0 != 0 }
            }
            Step("next", .load(next[me])) { value, my in my[other] = value }
            Step("next->mustWait = 0", .store(mustWait[other])) { false }
          }
        }
      )
    }
  }

  private static func forks(_ b: SystemBuilder, _ count: Int, leftHanded: Bool) -> Use {
    let forks = (0..<count).map { b.lock("fork\($0)", .mutex) }
    return { number, _ in
      var mine = [forks[number], forks[(number + 1) % count]]
      if leftHanded && number == count - 1 { mine.reverse() }
      return (
        Steps { for fork in mine { fork.acquire() } },
        Steps { for fork in mine { fork.release() } }
      )
    }
  }
}
