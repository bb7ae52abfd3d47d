import Testing

import ModelChecking

@Suite("Actors that wait or go round for ever")
struct HangTests {
  private let options = SearchOptions(threads: 2)

  /// Somebody who has nothing to do with it.
  private enum Bystander: CaseIterable { case none, loops, ends }

  private func add(_ bystander: Bystander, _ number: Int, to b: SystemBuilder) {
    switch bystander {
    case .none: break
    case .loops:
      let flag = b.field("flag\(number)", .flag, initially: false)
      b.actor("looper\(number)", on: b.cpu()) { _ in
        Loop { Step("toggle", .atomic(flag)) { $0.toggle() } }
      }
    case .ends:
      let n = b.field("n\(number)", .range(0...3), initially: 0)
      b.actor("worker\(number)", on: b.cpu()) { _ in
        for _ in 0..<3 { Step("up", .atomic(n)) { $0 += 1 } }
      }
    }
  }

  @Test("a question may be rested at, if it says so")
  func restingQuestion() throws {
    func system(mayRest: Bool) throws -> System {
      try System { b in
        let n = b.field("n", .range(0...2), initially: 1)
        b.actor("daemon", on: b.cpu()) { _ in
          Loop {
            let take = Condition("take", .atomic(n), when: { $0 > 0 }) { (n: inout Int) in
              n -= 1
              return n == 0
            }
            If(mayRest ? take.mayRest() : take) { Step("last") }
          }
        }
      }
    }
    #expect(try system(mayRest: false).search().verdict == .found(.deadlock))
    #expect(try system(mayRest: true).search().verdict == .holds)
  }

  @Test("deadlocks that are ignored are counted, by all searches alike", arguments: [1, 2, 4])
  func ignored(threads: Int) throws {
    let systems =
      try [Bystander.none, .ends].map { try opposite([.mutex, .mutex], [$0]) }
      + [
        try System { b in
          let n = b.field("n", .range(0...9), initially: 3)
          for number in 0..<3 {
            b.actor("walker\(number)", on: b.cpu()) { _ in
              Step("take", .atomic(n), when: { $0 > 2 }) { $0 -= 1 }
            }
          }
        }
      ]
    for (system, deadlocks) in zip(systems, [1, 1, 3]) {
      var options = SearchOptions(threads: threads)
      #expect(try system.search(options).verdict == .found(.deadlock))
      options.ignoresDeadlocks = true
      let reference = try system.search(options, strategy: .reference)
      #expect(reference.verdict == .holds && reference.deadlocks == deadlocks)
      let outcome = try system.search(options)
      #expect(outcome.verdict == .holds && outcome.deadlocks == deadlocks)
      #expect(outcome.statistics.states == reference.statistics.states)
      options.mostStatesUnreduced = 0
      options.leastArrangements = 1
      options.setsRegistersBack = false
      let reduced = try system.search(options)
      #expect(reduced.verdict == .holds && reduced.deadlocks == deadlocks)
    }
  }

  /// Takes two locks in opposite orders.
  private func opposite(_ kinds: [Lock.Kind], _ bystanders: [Bystander]) throws -> System {
    try System { b in
      let first = b.lock("a", kinds[0])
      let second = b.lock("b", kinds[1])
      for (name, locks) in [("one", [first, second]), ("two", [second, first])] {
        b.actor(name, on: b.cpu()) { _ in
          locks[0].acquire()
          locks[1].acquire()
          locks[1].release()
          locks[0].release()
        }
      }
      for (number, bystander) in bystanders.enumerated() { add(bystander, number, to: b) }
    }
  }

  /// Expects both searches to agree on any number of threads, and returns the finding.
  private func found(_ system: System, _ comment: Comment) throws -> Finding {
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4, 8] {
      try expectAgreement(of: system, with: reference, threads: threads, comment)
    }
    return try #require(reference.findings.first, comment)
  }

  @Test(
    "two actors that lock crosswise wait for ever, whoever else is busy",
    arguments: [Lock.Kind.mutex, .spinlock, .irqSpinlock], [Lock.Kind.mutex, .spinlock])
  func crosswise(first: Lock.Kind, second: Lock.Kind) throws {
    // A mutex is not to be taken where preemption is off.
    let kinds = first == .mutex ? [second, second] : [first, first]
    for others in [[], [.loops], [.ends], [.loops, .loops], [.ends, .loops, .ends], [.none]]
      as [[Bystander]]
    {
      let system = try opposite(kinds, others)
      let finding = try found(system, "\(others)")
      #expect(finding.kind == .deadlock)
      #expect(finding.property == "one and two wait for ever")
      #expect(finding.trace.steps.map(\.actor) == ["one", "two"], "\(others)")
      #expect(finding.waits.map(\.actor) == ["one", "two"])
      #expect(
        finding.waits.map(\.obstacle) == [
          .lock("b", holders: ["two"]), .lock("a", holders: ["one"]),
        ])
    }
  }

  @Test("taken in one order, the locks hold nobody up", arguments: [0, 1, 3])
  func inOrder(bystanders: Int) throws {
    let system = try System { b in
      let locks = [b.lock("a", .mutex), b.lock("b", .spinlock)]
      for name in ["one", "two"] {
        b.actor(name, on: b.cpu()) { _ in
          for lock in locks { lock.acquire() }
          for lock in locks.reversed() { lock.release() }
        }
      }
      for number in 0..<bystanders { add(.loops, number, to: b) }
    }
    for threads in [1, 4] {
      #expect(try system.search(SearchOptions(threads: threads)).verdict == .holds)
    }
    #expect(try system.search(strategy: .reference).verdict == .holds)
  }

  @Test("an actor that waits for what nobody does waits for ever, unless it may rest there")
  func neverWoken() throws {
    for mayRest in [false, true] {
      let system = try System { b in
        let isSet = b.field("isSet", .flag, initially: false)
        b.actor("waiter", on: b.cpu()) { _ in
          let wait = Step("wait_event", .wait(isSet)) { $0 }
          if mayRest { wait.mayRest() } else { wait }
        }
        add(.loops, 0, to: b)
      }
      let outcome = try system.search(options)
      if mayRest {
        #expect(outcome.verdict == .holds)
      } else {
        let finding = try found(system, "")
        #expect(finding.kind == .deadlock && finding.trace.steps.isEmpty)
        #expect(
          finding.waits.map(\.obstacle) == [.values([FieldRead(field: "isSet", value: "false")])])
      }
    }
  }

  @Test("an actor that goes round for ever and can't come to its end is stuck, with its loop")
  func spinsForEver() throws {
    for duty in [ActorDuty.end, .mayRunForever] {
      let system = try System { b in
        let isSet = b.field("isSet", .flag, initially: false)
        let n = b.field("n", .range(0...1), initially: 0)
        b.actor("spinner", on: b.cpu(), duty: duty) { _ in
          Step("up", .atomic(n)) { $0 += 1 }
          While(!Condition("READ_ONCE(isSet)", .load(isSet)) { $0 }) { Step("cpu_relax") }
        }
      }
      if duty == .mayRunForever {
        #expect(try system.search(options).verdict == .holds)
        continue
      }
      let finding = try found(system, "")
      #expect(finding.kind == .stuck && finding.property == "spinner comes to its end")
      #expect(finding.trace.steps.isEmpty)
      #expect(finding.trace.onward.map(\.name) == ["up"])
      #expect(finding.trace.loop.map(\.name) == ["READ_ONCE(isSet)", "cpu_relax"])
    }
  }

  @Test("a daemon must still be able to move; one that is stopped need not")
  func daemons() throws {
    for duty in [ActorDuty.end, .mayRunForever, .mayBeStopped] {
      let system = try System { b in
        let token = b.field("token", .flag, initially: true)
        b.actor("daemon", on: b.cpu(), duty: duty) { _ in
          Loop {
            Step("take", .atomic(token), when: { $0 }) { $0 = false }
            Step("give", .store(token)) { true }
          }
        }
        b.actor("thief", on: b.cpu()) { _ in
          Step("steal", .atomic(token), when: { $0 }) { $0 = false }
        }
        add(.loops, 0, to: b)
      }
      if duty == .mayBeStopped {
        #expect(try system.search(options).verdict == .holds)
        #expect(try system.search(strategy: .reference).verdict == .holds)
      } else {
        let finding = try found(system, "\(duty)")
        #expect(finding.property == "daemon waits for ever")
        #expect(finding.trace.steps.map(\.name) == ["steal"])
      }
    }
  }

  @Test("actors that move in turn only are no hang")
  func pingPong() throws {
    let system = try System { b in
      let turn = b.field("turn", .range(0...2), initially: 0)
      for number in 0...2 {
        b.actor("player\(number)", on: b.cpu()) { _ in
          Loop { Step("play", .atomic(turn), when: { $0 == number }) { $0 = ($0 + 1) % 3 } }
        }
      }
    }
    #expect(try system.search(options).verdict == .holds)
    #expect(try system.search(strategy: .reference).verdict == .holds)
  }

  @Test("a way that random walks hardly find is a way", arguments: [true, false])
  func combination(isThere: Bool) throws {
    // The dialler comes to its end by one row of 24 digits; each wrong one sets it back.
    let length = 24
    let system = try System { b in
      let right = b.field("right", .range(0...length), initially: 0)
      b.actor("dialler", on: b.cpu()) { _ in
        Loop {
          Choose(0..<4) { digit in
            Step("dial \(digit)", .atomic(right), when: { $0 < length }) { n in
              n = digit == (n * 7 + 3) % 4 ? n + 1 : 0
            }
          }
        }
      }
      b.actor("waiter", on: b.cpu()) { _ in
        Step("open", .wait(right)) { $0 == (isThere ? length : length + 1) }
      }
      b.goal("it opens", .alwaysReachable) { s in s[right] == length }
    }
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4] {
      try expectAgreement(of: system, with: reference, threads: threads, "")
    }
    // At the end of the row nobody can dial on.
    #expect(reference.verdict.name == "deadlock")
    #expect(
      reference.findings.first?.property
        == (isThere ? "dialler waits for ever" : "waiter waits for ever"))
    #expect(reference.findings.first?.trace.steps.count == (isThere ? length : 0))
  }

  @Test("what must end ends within every limit, or is inconclusive")
  func limits() throws {
    let system = try opposite([.mutex, .mutex], [.loops, .ends])
    let monitor = SearchMonitor()
    monitor.stop()
    let outcome = try system.search(options, monitor: monitor)
    #expect(outcome.verdict == .inconclusive(.interrupted))
  }

  @Test("a saved deadlock replays, and names who is free again where the model has changed")
  func replay() throws {
    let model = Model(
      name: "crosswise", summary: "two locks", sources: [], bounds: [],
      variants: [
        Variant("plain", "as it is", source: "here", expect: .deadlock(steps: 2), design: 0)
      ]
    ) { b, _, _ in
      let (first, second) = (b.lock("a", .mutex), b.lock("b", .mutex))
      for (name, locks) in [("one", [first, second]), ("two", [second, first])] {
        b.actor(name, on: b.cpu()) { _ in
          locks[0].acquire()
          locks[1].acquire()
          locks[1].release()
          locks[0].release()
        }
      }
      self.add(.loops, 0, to: b)
    }
    let configuration = try Configuration(model)
    let system = try configuration.system()
    let outcome = try system.search(options)
    #expect(configuration.variant.expected.isMet(by: outcome))
    let saved = SavedTrace(try #require(outcome.findings.first), of: system, in: configuration)
    #expect(saved.waiting == ["one", "two"])
    let replay = try Replay(saved, in: system)
    #expect(replay.difference == nil && replay.isSettled)
    #expect(replay.finding?.waits == outcome.findings.first?.waits)
  }
}
