import ModelChecking
import TestSupport
import Testing

@Suite("Registers that are written before they are read again are set back")
struct LiveRegistersTests {
  /// - Parameter learning: from how many states it is learned where registers are live; after fewer than all
  ///   there are, the search has to begin again now and then.
  private func options(learning: Int = .max, threads: Int = 1) -> SearchOptions {
    var options = SearchOptions(threads: threads)
    options.mostStatesUnreduced = 0
    options.statesToLearnFrom = learning
    options.leastArrangements = .max
    return options
  }

  private func expectSame(_ system: System, _ options: SearchOptions, _ comment: Comment) throws {
    let full = try system.search()
    let reduced = try system.search(options)
    #expect(reduced.verdict == full.verdict, comment)
    #expect(reduced.goals == full.goals, comment)
    #expect(reduced.coverage == full.coverage, comment)
    #expect(reduced.statistics.depth <= full.statistics.depth, comment)
    #expect((reduced.statistics.deadlocks > 0) == (full.statistics.deadlocks > 0), comment)
    #expect(reduced.findings.map(\.property) == full.findings.map(\.property), comment)
    #expect(reduced.findings.map(\.trace.steps) == full.findings.map(\.trace.steps), comment)
    #expect(reduced.findings.map(\.evidence) == full.findings.map(\.evidence), comment)
    #expect(reduced.statistics.states == (try imagesSetBack(of: system).states.count), comment)
  }

  @Test("random programs have the same verdicts and traces, and as many states", arguments: 0..<5)
  func randomPrograms(batch: Int) throws {
    var (compared, fewer) = (0, 0)
    for seed in (batch * 40)..<(batch * 40 + 40) {
      // Some random programs make no sense, and say so.
      guard let system = try? RandomPrograms.system(seed: UInt64(seed)),
        try system.search().statistics.states < 2_000
      else { continue }
      for learning in [0, 20, .max] {
        try expectSame(system, options(learning: learning), "seed \(seed), \(learning)")
      }
      compared += 1
      let (states, _) = try imagesSetBack(of: system)
      fewer += states.count < (try system.search().statistics.states) ? 1 : 0
    }
    #expect(compared > 10 && fewer > 3)
  }

  @Test("that goes together with symmetry", arguments: 0..<60)
  func withSymmetry(_ seed: Int) throws {
    let system = try AlikeSystem(seed: seed).system
    if try system.search().statistics.states > 2_000 { return }
    for learning in [0, .max] {
      var options = options(learning: learning)
      options.leastArrangements = 1
      try expectSame(system, options, "seed \(seed), \(learning)")
    }
  }

  @Test(
    "what one of several alike is seen to read is live in all, and so is what a property reads of one",
    arguments: [Reader.nobody, .property, .question, .later], [5, 30, .max])
  func readByOne(_ reader: Reader, learning: Int) throws {
    let system = try forgetful(reader)
    var options = options(learning: learning)
    options.leastArrangements = 1
    try expectSame(system, options, "\(reader), \(learning)")
    let outcome = try system.search(options)
    #expect(!outcome.alike.isEmpty)
    #expect(outcome.setBack.isEmpty == (reader == .property))
  }

  @Test("both searches set back the same", arguments: 0..<40)
  func reference(_ seed: Int) throws {
    guard let system = try? RandomPrograms.system(seed: UInt64(seed)),
      try system.search().statistics.states < 2_000
    else { return }
    let settingBack = try imagesSetBack(of: system).settingBack
    let reference = try settingBack.search(strategy: .reference)
    #expect(reference.statistics.states == (try imagesSetBack(of: system).states.count))
    for threads in [1, 2] {
      try expectAgreement(of: settingBack, with: reference, threads: threads, "seed \(seed)")
    }
  }

  /// Who reads what a walker found, but its next step.
  enum Reader: CaseIterable { case nobody, guardOfOwn, question, property, assertion, later }

  /// Two walkers that look at a field that a third changes, and forget what they saw.
  private func forgetful(_ reader: Reader) throws -> System {
    try System { b in
      let field = b.field("field", .range(0...3), initially: 0)
      let out = b.field("out", .range(0...3), initially: 0)
      var seen: [Register<Int>] = []
      for number in 0..<2 {
        b.actor("walker\(number)", on: b.cpu(), duty: .mayRunForever) { actor in
          let mine = actor.register("seen", .range(0...3), initially: 0)
          seen.append(mine)
          return Steps {
            Loop {
              Step("look", .load(field)) { value, my in my[mine] = value }
              Step("use", .store(out)) { my in my[mine] }
              Step("pause")
              switch reader {
              case .guardOfOwn:
                Step("wait", .wait(field)) { value, my in my[mine] != 2 || value == 0 }.mayRest()
              case .question:
                If(Condition(register: { my in my[mine] == 2 })) { Step("odd", .store(out)) { 0 } }
                Step("on")
              case .later:
                Step("on")
                Step("use again", .store(out)) { my in my[mine] }
              default: Step("on")
              }
            }
          }
        }
      }
      let registers = seen
      b.actor("writer", on: b.cpu(), duty: .mayRunForever) { _ in
        Loop {
          let step = Step("count", .atomic(field)) { count in count = (count + 1) % 4 }
          if reader == .assertion {
            step.asserting("the walkers have not seen both") { s in
              !(s[registers[0]] == 3 && s[registers[1]] == 2 && s[field] == 1)
            }
          } else {
            step
          }
        }
      }
      b.invariant("nobody uses a 3", severity: .warning) { s in s[out] != 3 }
      if reader == .property {
        b.invariant("not both have seen 3", severity: .warning) { s in
          s[field] != 3 || s[registers[0]] != 3 || s[registers[1]] != 3
        }
      }
    }
  }

  @Test("only where nobody reads them", arguments: Reader.allCases)
  func readers(_ reader: Reader) throws {
    let system = try forgetful(reader)
    let full = try system.search()
    for learning in [0, 30, .max] {
      let options = options(learning: learning)
      try expectSame(system, options, "\(reader), \(learning)")
      let reduced = try system.search(options)
      switch reader {
      // Not between the last use and the next look.
      case .property, .assertion: #expect(reduced.statistics.states == full.statistics.states)
      default: #expect(reduced.statistics.states < full.statistics.states)
      }
    }
  }

  @Test("the same on any number of threads, and the report names them", arguments: [1, 2, 4, 8])
  func threads(_ threads: Int) throws {
    let outcome = try forgetful(.nobody).search(options(learning: 30, threads: threads))
    // After "look" a walker has one of four values, at three other places one.
    #expect(outcome.statistics.states == (4 + 3) * (4 + 3) * 4 * 4)
    #expect(outcome.setBack == ["walker0.seen", "walker1.seen"])
  }

  @Test("not where it is not wanted, nor where values are asked for, nor by --no-reduction")
  func isLeftAlone() throws {
    let system = try forgetful(.nobody)
    let full = try system.search()
    var (unwanted, values, every) = (options(), options(), options())
    unwanted.setsRegistersBack = false
    values.looksAtValues = true
    every.mostStatesUnreduced = nil
    for options in [unwanted, values, every] {
      let outcome = try system.search(options)
      #expect(outcome.statistics.states == full.statistics.states && outcome.setBack.isEmpty)
    }
  }

  @Test("as if the author had cleared a loop's counter (Lamport's fast mutex)")
  func lamport() throws {
    let (plain, cleared) = (try lamport(clears: false), try lamport(clears: true))
    let reduced = try plain.search(options())
    #expect(reduced.statistics.states == (try cleared.search().statistics.states))
    #expect(reduced.statistics.states < (try plain.search().statistics.states))
  }

  /// Lamport's fast mutual exclusion of three (L. Lamport, ACM TOCS 5(1), 1987).
  ///
  /// - Parameter clears: whether the counter of the loop is cleared behind it.
  private func lamport(clears: Bool) throws -> System {
    try System { b in
      let count = 3
      let x = b.field("x", .range(0...count), initially: 0)
      let y = b.field("y", .range(0...count), initially: 0)
      let flags = b.fields("b", count: count, .flag, initially: false)
      for me in 0..<count {
        b.actor("process\(me)", on: b.cpu(), duty: .mayRunForever) { actor in
          let j = actor.register("j", .range(0...count), initially: 0)
          Label("start")
          Step("b[i] = 1", .store(flags[me])) { true }.mayRest()
          Step("x = i", .store(x)) { me + 1 }
          If(Condition("y != 0", .load(y)) { $0 != 0 }) {
            Step("b[i] = 0", .store(flags[me])) { false }
            Step("await y == 0", .wait(y)) { $0 == 0 }
            Goto("start")
          }
          Step("y = i", .store(y)) { me + 1 }
          If(Condition("x != i", .load(x)) { $0 != me + 1 }) {
            Step("b[i] = 0", .store(flags[me])) { my in
              my[j] = 0
              return false
            }
            Loop {
              If(Condition(register: { my in my[j] == count })) { Break() }
              Step("await !b[j]", .wait(flags[j])) { flag, _ in !flag }.also { my in my[j] += 1 }
            }
            If(
              Condition("y != i", .load(y)) { value, my in
                if clears { my[j] = 0 }
                return value != me + 1
              }
            ) {
              Step("await y == 0", .wait(y)) { $0 == 0 }
              Goto("start")
            }
          }
          Step("critical section")
          Step("y = 0", .store(y)) { 0 }
          Step("b[i] = 0", .store(flags[me])) { false }
          Goto("start")
        }
      }
    }
  }
}
