import ModelChecking
import Testing

@Suite("Inevitable goals")
struct FairnessTests {
  /// Expects both searches to agree on any number of threads.
  private func outcome(_ system: System, _ comment: Comment = "") throws -> Outcome {
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4, 8] {
      try expectAgreement(of: system, with: reference, threads: threads, comment)
    }
    return reference
  }

  /// Two or more that go round for ever: they ask to get in, get in, and leave. Whoever asks is to get in.
  private func starvation(
    of count: Int, _ fairness: Goal.Fairness,
    entry: (SystemBuilder) -> (Int, _ my: Actor) -> (enter: Steps, leave: Steps)
  ) throws -> System {
    try System { b in
      let waits = (0..<count).map { b.ghost("waits\($0)", .flag, initially: false) }
      let lock = entry(b)
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
        b.goal(
          "p\(number) gets in", .inevitable(under: fairness), whenever: { s in s[waits[number]] }
        ) { s in !s[waits[number]] }
      }
    }
  }

  private func peterson(_ b: SystemBuilder) -> (Int, Actor) -> (enter: Steps, leave: Steps) {
    let wants = (0..<2).map { b.field("wants\($0)", .flag, initially: false) }
    let turn = b.field("turn", .range(0...1), initially: 0)
    return { me, _ in
      let other = 1 - me
      return (
        Steps {
          Step("wants = 1", .store(wants[me])) { true }
          Step("turn = other", .store(turn)) { other }
          Loop {
            If(!Condition("wants[other]", .load(wants[other])) { $0 }) { Break() }
            If(!Condition("turn == other", .load(turn)) { $0 == other }) { Break() }
          }
        },
        Steps { Step("wants = 0", .store(wants[me])) { false } }
      )
    }
  }

  /// Takes a number and waits, spinning, until it is served.
  private func ticketLock(_ b: SystemBuilder) -> (Int, Actor) -> (enter: Steps, leave: Steps) {
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
          While(!Condition("owner == mine", .load(owner)) { value, my in value == my[mine] }) {
            Step("cpu_relax")
          }
        },
        Steps { Step("owner++", .atomic(owner)) { $0 = ($0 + 1) % 4 } }
      )
    }
  }

  /// The lock of Mellor-Crummey and Scott: each waits for a flag of its own, which who is before it in the
  /// queue sets. Numbers begin with 1; 0 is nobody.
  private func mcsLock(
    of count: Int
  ) -> (SystemBuilder) -> (Int, Actor) -> (enter: Steps, leave: Steps) {
    { b in
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
  }

  /// Tries until the lock is free: by a step that waits, or by one that is taken in vain.
  private func testAndSet(
    spins: Bool
  ) -> (SystemBuilder) -> (Int, Actor) -> (enter: Steps, leave: Steps) {
    { b in
      let isHeld = b.field("isHeld", .flag, initially: false)
      return { _, _ in
        (
          Steps {
            if spins {
              While(
                Condition("test_and_set", .atomic(isHeld)) { held in
                  defer { held = true }
                  return held
                }
              ) { Steps.none }
            } else {
              Step("test_and_set", .atomic(isHeld), when: { !$0 }) { $0 = true }
            }
          },
          Steps { Step("clear", .store(isHeld)) { false } }
        )
      }
    }
  }

  @Test("Peterson's lock and the ticket lock starve nobody", arguments: [2, 3])
  func fairLocks(count: Int) throws {
    if count == 2 {
      #expect(try outcome(starvation(of: 2, .weak, entry: peterson)).verdict == .holds)
    }
    #expect(try outcome(starvation(of: count, .weak, entry: ticketLock)).verdict == .holds)
  }

  @Test("the MCS lock starves nobody", arguments: [2, 3])
  func queuedLock(count: Int) throws {
    #expect(try outcome(starvation(of: count, .weak, entry: mcsLock(of: count))).verdict == .holds)
  }

  @Test("readers starve a writer who does not queue, however often it could have had its turn")
  func readersAndWriter() throws {
    func system(_ kind: ReadWriteSemaphore.Kind, _ fairness: Goal.Fairness) throws -> System {
      try System { b in
        let lock = b.readWriteSemaphore("rwsem", kind)
        let waits = b.ghost("waits", .flag, initially: false)
        for number in 0..<2 {
          b.actor("reader\(number)", on: b.cpu(), duty: .mayRunForever) { _ in
            Loop {
              lock.acquireRead().mayRest()
              Step("read")
              lock.releaseRead()
            }
          }
        }
        b.actor("writer", on: b.cpu(), duty: .mayRunForever) { _ in
          Loop {
            Step("outside").mayRest().noting { s in s[waits] = true }
            lock.acquireWrite()
            Step("write").noting { s in s[waits] = false }
            lock.releaseWrite()
          }
        }
        b.goal("the writer writes", .inevitable(under: fairness), whenever: { s in s[waits] }) {
          s in !s[waits]
        }
      }
    }
    func result(_ kind: ReadWriteSemaphore.Kind, _ fairness: Goal.Fairness) throws -> Set<String>? {
      let outcome = try outcome(system(kind, fairness))
      if outcome.verdict == .holds { return nil }
      #expect(outcome.verdict == .found(.avoidable, property: "the writer writes"))
      return Set(outcome.findings[0].trace.loop.map(\.actor))
    }
    // One reader is enough where the writer must stay enabled; two, of whom one always reads, otherwise.
    #expect(try result(.unfair, .weak) == ["reader0"])
    #expect(try result(.unfair, .strong) == ["reader0", "reader1"])
    // In the queue the writer can be robbed while nobody reads, since nothing hands the lock over to it.
    #expect(try result(.fair, .weak) == ["reader0"])
    #expect(try result(.fair, .strong) == nil)
  }

  @Test("a test-and-set lock starves, unless who is enabled again and again gets a turn")
  func unfairLock() throws {
    let waiting = testAndSet(spins: false)
    let weak = try outcome(starvation(of: 2, .weak, entry: waiting))
    let finding = try #require(weak.findings.first)
    #expect(finding.kind == .avoidable && finding.property == "p0 gets in")
    #expect(finding.trace.steps.map(\.actor) == ["p0"])
    #expect(Set(finding.trace.loop.map(\.actor)) == ["p1"])
    #expect(finding.trace.loop.count == 4)
    #expect(try outcome(starvation(of: 2, .strong, entry: waiting)).verdict == .holds)
    // Who spins is always enabled, and takes steps in vain.
    let spinning = try outcome(starvation(of: 2, .strong, entry: testAndSet(spins: true)))
    #expect(spinning.verdict.name == "not inevitable")
    #expect(Set(spinning.findings[0].trace.loop.map(\.actor)) == ["p0", "p1"])
  }

  /// Philosophers who take two forks one after the other; the last may be left-handed.
  private func philosophers(_ count: Int, leftHanded: Bool, _ fairness: Goal.Fairness) throws
    -> System
  {
    try System { b in
      let forks = (0..<count).map { b.lock("fork\($0)", .mutex) }
      let hungry = (0..<count).map { b.ghost("hungry\($0)", .flag, initially: false) }
      for number in 0..<count {
        var mine = [forks[number], forks[(number + 1) % count]]
        if leftHanded && number == count - 1 { mine.reverse() }
        b.actor("p\(number)", on: b.cpu(), duty: .mayRunForever) { _ in
          Loop {
            Step("think").mayRest().noting { s in s[hungry[number]] = true }
            for fork in mine { fork.acquire() }
            Step("eat").noting { s in s[hungry[number]] = false }
            for fork in mine { fork.release() }
          }
        }
        b.goal(
          "p\(number) eats", .inevitable(under: fairness), whenever: { s in s[hungry[number]] }
        ) {
          s in !s[hungry[number]]
        }
      }
    }
  }

  @Test(
    "philosophers who all begin on one side wait for ever; otherwise they starve or eat, as is fair"
  )
  func dining() throws {
    #expect(try outcome(philosophers(3, leftHanded: false, .weak)).verdict.name == "deadlock")
    #expect(try outcome(philosophers(3, leftHanded: true, .weak)).verdict.name == "not inevitable")
    #expect(try outcome(philosophers(3, leftHanded: true, .strong)).verdict == .holds)
  }

  @Test("a run that ends without the goal avoids it; so does one that need not go on")
  func ends() throws {
    for mayRest in [false, true] {
      let system = try System { b in
        let n = b.field("n", .range(0...2), initially: 0)
        b.actor("a", on: b.cpu()) { _ in
          Step("up", .atomic(n)) { $0 += 1 }
          let second = Step("up", .atomic(n)) { $0 += 1 }
          if mayRest { second.mayRest() } else { second }
        }
        b.goal("n is 2", .inevitable) { s in s[n] == 2 }
      }
      let outcome = try outcome(system)
      if mayRest {
        #expect(outcome.verdict == .found(.avoidable, property: "n is 2"))
        #expect(outcome.findings[0].trace.steps.count == 1)
        #expect(outcome.findings[0].trace.loop.isEmpty)
      } else {
        #expect(outcome.verdict == .holds)
      }
    }
  }

  @Test("verdict, stem and loop are those of an oracle that knows no engine", arguments: 0..<4)
  func oracle(batch: Int) throws {
    var found: [String: Int] = [:]
    for seed in (batch * 40)..<(batch * 40 + 40) {
      var random = RandomSystem(seed: UInt64(seed) + 5_000)
      random.duties = random.duties.map { $0 == .mayBeStopped ? .mayBeStopped : .mayRunForever }
      for fairness in [Goal.Fairness.weak, .strong] {
        random.goalKind = .inevitable(under: fairness)
        let system = try random.system()
        let reference = try system.search(strategy: .reference)
        for threads in [1, 2, 4] {
          try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
        }
        guard [.holds, .found(.avoidable, property: "goal")].contains(reference.verdict) else {
          continue
        }
        let oracle = FairnessOracle(random, fairness)
        found["\(reference.verdict.name) \(fairness)", default: 0] += 1
        #expect((reference.verdict == .holds) == (oracle.stem == nil), "seed \(seed) \(fairness)")
        guard let stem = oracle.stem, let trace = reference.findings.first?.trace else { continue }
        #expect(trace.steps.count == stem, "seed \(seed) \(fairness)")
        #expect(trace.loop.count == oracle.loop, "seed \(seed) \(fairness)")
      }
    }
    #expect(found.count == 4, "\(found)")
  }
}

/// Whether a fair run avoids the goal of a random system, by brute force.
private struct FairnessOracle {
  typealias State = RandomSystemOracle.State

  /// The steps of the shortest stem; nil where every fair run reaches the goal.
  private(set) var stem: Int?
  /// Those of the shortest loop after such a stem; 0 where the run ends.
  private(set) var loop = 0

  private var states: [State] = []
  private var edges: [[(actor: Int, target: Int)]] = []
  /// By state: the actors that must not be starved there.
  private var eager: [Set<Int>] = []
  private let fairness: Goal.Fairness

  init(_ random: RandomSystem, _ fairness: Goal.Fairness) {
    self.fairness = fairness
    let oracle = RandomSystemOracle(random)
    if oracle.isGoal(oracle.start) { return }
    var numbers = [oracle.start: 0]
    var depths = [0]
    states = [oracle.start]
    var next = 0
    while next < states.count {
      let ways = oracle.successors(states[next])
      eager.append(Set(ways.map(\.move.actor).filter { random.duties[$0] != .mayBeStopped }))
      edges.append([])
      for way in ways where !oracle.isGoal(way.target) {
        if numbers[way.target] == nil {
          numbers[way.target] = states.count
          states.append(way.target)
          depths.append(depths[next] + 1)
        }
        edges[next].append((way.move.actor, numbers[way.target]!))
      }
      next += 1
    }
    let ends = Set(states.indices.filter { eager[$0].isEmpty })
    let round = Set(states.indices.filter(isOnFairLoop))
    stem = ends.union(round).map { depths[$0] }.min()
    if ends.contains(where: { depths[$0] == stem }) { return }
    loop = round.filter { depths[$0] == stem }.map(shortestLoop).min() ?? 0
  }

  private func reachable(from state: Int, _ isAllowed: (Int) -> Bool) -> Set<Int> {
    var reached: Set<Int> = []
    var queue = [state]
    while let state = queue.popLast() {
      for edge in edges[state] where isAllowed(edge.target) {
        if reached.insert(edge.target).inserted { queue.append(edge.target) }
      }
    }
    return reached
  }

  /// Whether a state lies on a loop on which all get their turn.
  private func isOnFairLoop(_ state: Int) -> Bool {
    let actors = eager.reduce(Set()) { $0.union($1) }
    // Strong: for each choice of who is ever enabled. Weak: any.
    let choices =
      fairness == .weak
      ? [actors]
      : (0..<(1 << actors.count)).map { bits in
        Set(actors.sorted().enumerated().filter { bits >> $0.offset & 1 != 0 }.map(\.element))
      }
    return choices.contains { choice in
      func isAllowed(_ state: Int) -> Bool { eager[state].isSubset(of: choice) }
      guard isAllowed(state) else { return false }
      let there = reachable(from: state, isAllowed)
      guard there.contains(state) else { return false }
      let round = there.filter { reachable(from: $0, isAllowed).contains(state) }
      let moved = Set(
        round.flatMap { state in edges[state].filter { round.contains($0.target) }.map(\.actor) })
      let owed =
        fairness == .weak
        ? round.reduce(actors) { $0.intersection(eager[$1]) }
        : round.reduce(Set()) { $0.union(eager[$1]) }
      return owed.isSubset(of: moved)
    }
  }

  /// Tries ways of each length in turn.
  private func shortestLoop(from start: Int) -> Int {
    struct Way: Hashable {
      var state: Int
      var moved: Set<Int>
      var always: Set<Int>
      var ever: Set<Int>
    }
    var level: Set = [Way(state: start, moved: [], always: eager[start], ever: eager[start])]
    for length in 1...10_000 {
      var next: Set<Way> = []
      for way in level {
        for edge in edges[way.state] {
          let there = eager[edge.target]
          let longer = Way(
            state: edge.target, moved: way.moved.union([edge.actor]),
            always: way.always.intersection(there), ever: way.ever.union(there))
          let owed = fairness == .weak ? longer.always : longer.ever
          if edge.target == start && owed.isSubset(of: longer.moved) { return length }
          next.insert(longer)
        }
      }
      level = next
    }
    return .max
  }
}
