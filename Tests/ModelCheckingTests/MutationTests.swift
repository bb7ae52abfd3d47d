import ModelChecking
import Testing

@Suite("Mistakes made on purpose")
struct MutationTests {
  /// Two walkers that count under a lock, and one who waits for them and looks twice.
  private static let counting = Model(
    name: "counting", summary: "", sources: [], bounds: [],
    variants: [Variant("holds", "", source: "", expect: .holds, design: ())]
  ) { b, _, _ in
    let lock = b.lock("l", .mutex)
    let count = b.field("count", .range(0...2), initially: 0)
    let started = b.field("started", .range(0...2), initially: 0)
    let isDone = b.field("isDone", .flag, initially: false)
    for number in 0..<2 {
      b.actor(number == 0 ? "walker" : "walker 2", on: b.cpu()) { my in
        let seen = my.register("seen", .range(0...2), initially: 0)
        Step("start", .atomic(started)) { $0 += 1 }
        Call("count_up") {
          lock.acquire()
          Step("load", .section([count], holding: lock)) { s in s[seen] = s[count] }
          Step("store", .section([count], holding: lock)) { s in s[count] = s[seen] + 1 }
          lock.release()
        }
      }
    }
    b.actor("waiter", on: b.cpu()) { _ in
      Step("wait", .wait(count)) { $0 == 2 }
      If(Condition("both started", .load(started)) { $0 == 2 }) {
        Step("isDone", .store(isDone)) { true }
      }
      Step("log")
    }
    b.goal("it is done", .alwaysReachable) { s in s[isDone] }
    b.invariant("it is done when all are counted", when: { s in s[isDone] }) { s in s[count] == 2 }
    b.unreachable("both started", answer: false, because: "who counts has started")
    b.redundant("log", because: "it only logs")
  }

  private func fates(_ model: Model) throws -> [String: MutationRun.Mutant.Fate] {
    let run = try Configuration(model).mutationRun()
    #expect(run.objection == nil)
    let fates = run.mutants.map { ("\($0.mutation.function): \($0.mutation.title)", $0.fate) }
    #expect(run.mutants.map(\.number) == Array(1...run.mutants.count))
    return Dictionary(uniqueKeysWithValues: fates)
  }

  @Test("each is made in every actor that runs the text, and what it breaks is told")
  func mistakes() throws {
    let fates = try fates(Self.counting)
    let names = fates.mapValues { fate -> String in
      if case .killed(let verdict, _) = fate { return verdict.name }
      return fate.name
    }
    #expect(
      names == [
        "walker: start left out": "stuck",
        "walker: start as a load and a store, not atomic": "stuck",
        "walker: count_up left out": "deadlock", "walker: count_up moved before start": "stuck",
        "count_up: without the lock l": "deadlock",
        "count_up: load left out": "deadlock", "count_up: store left out": "deadlock",
        "count_up: load moved before mutex_lock(l)": "lock misused",
        "count_up: store moved before load": "deadlock",
        "count_up: mutex_unlock(l) moved before store": "lock misused",
        "waiter: wait left out": "violated", "waiter: wait not waited for": "violated",
        "waiter: both started moved before wait": "violated",
        "waiter: both started always true": "nothing new",
        "waiter: both started always false": "stuck",
        "waiter: isDone left out": "stuck",
        "waiter: log left out": "explained", "waiter: log moved before both started": "explained",
      ])
  }

  @Test("a mistake found by number is the one that the list has, and both searches agree about it")
  func numbers() throws {
    let configuration = try Configuration(Self.counting)
    let run = try configuration.mutationRun()
    for mutant in run.mutants {
      let mutated = try configuration.mutated(by: mutant.number)
      #expect(mutated.arguments == "counting --variant holds --mistake \(mutant.number)")
      let system = try mutated.system()
      let reference = try system.search(strategy: .reference)
      try expectAgreement(of: system, with: reference, threads: 2, "\(mutant.mutation.title)")
      if case .killed(let verdict, _) = mutant.fate { #expect(verdict == reference.verdict) }
    }
    #expect(throws: InputError.self) { try configuration.mutated(by: 0) }
    #expect(throws: InputError.self) { try configuration.mutated(by: run.mutants.count + 1) }
  }

  @Test("a torn step is a load and a later store")
  func torn() throws {
    let model = Model(
      name: "torn", summary: "", sources: [], bounds: [],
      variants: [Variant("holds", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...3), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { _ in Step("n++", .atomic(n)) { $0 += 1 } }
      }
      b.goal("n is 2", .inevitable) { s in s[n] == 2 }
    }
    let configuration = try Configuration(model)
    let number = try configuration.mutations().firstIndex { $0.change == .torn }
    let mutated = try configuration.mutated(by: try #require(number) + 1)
    let outcome = try mutated.system().search()
    #expect(outcome.verdict.name == "not inevitable")
    let steps = outcome.findings[0].trace.steps.map(\.name)
    #expect(steps.sorted() == ["n++", "n++", "n++: load", "n++: load"])
  }

  @Test("a survivor of which others see more is told from one that only leaves things out")
  func nothingNew() throws {
    let model = Model(
      name: "new", summary: "", sources: [], bounds: [],
      variants: [Variant("holds", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...3), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Step("one", .store(n)) { 1 }
        Step("three", .store(n)) { 3 }
      }
      b.actor("b", on: b.cpu()) { _ in Step("look", .load(n)) { _, _ in } }
    }
    let fates = try fates(model)
    // Without the first 0 becomes 3 at once, which it never did.
    #expect(
      fates.mapValues(\.name) == [
        "a: one left out": "survived", "a: three left out": "nothing new",
        "a: three moved before one": "survived", "b: look left out": "killed",
      ])
  }

  @Test("a section without its lock keeps its bookkeeping, its claims and what it waits for")
  func unlockedSection() throws {
    let model = Model(
      name: "unlocked", summary: "", sources: [], bounds: [],
      variants: [Variant("holds", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let lock = b.lock("l", .spinlock)
      let n = b.field("n", .range(0...4), initially: 0)
      let counted = b.ghost("counted", .range(0...4), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { my in
          let seen = my.register("seen", .range(0...4), initially: 0)
          Step("n++", .section([n], taking: lock), when: { s in s[n] < 2 }) { s in
            s[seen] = s[n]
            s[n] += 1
          }
          .noting { s in s[counted] += 1 }
          .asserting("there is room") { s in s[n] < 2 }
        }
      }
      b.invariant("n is counted") { s in s[n] == s[counted] }
    }
    // Nobody has the lock from one step to another, so it makes no difference at all.
    let fates = try fates(model).mapValues(\.name)
    #expect(fates["a: n++ without its lock"] == "nothing new")
    let configuration = try Configuration(model)
    let number = try configuration.mutations().firstIndex { $0.title == "n++ without its lock" }
    let unlocked = try configuration.mutated(by: try #require(number) + 1).system().search()
    let locked = try configuration.system().search()
    #expect(unlocked.statistics.states == locked.statistics.states)
    #expect(unlocked.statistics.transitions == locked.statistics.transitions)
  }

  @Test("what is redundant in one function is not explained in another")
  func redundantInFunction() throws {
    let model = Model(
      name: "in", summary: "", sources: [], bounds: [],
      variants: [Variant("holds", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...4), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        Call("first") { Step("n++", .store(n)) { 1 } }
        Call("second") { Step("n++", .store(n)) { 2 } }
        Call("third") { Step("n++", .store(n)) { 3 } }
      }
      b.redundant("n++", .leftOut, in: "second", because: "it is about nothing")
      b.redundant("first", .leftOut, because: "all that it does is about nothing")
    }
    let fates = try fates(model).mapValues(\.name)
    #expect(fates["second: n++ left out"] == "explained")
    #expect(fates["a: second left out"] == "survived")
    #expect(fates["first: n++ left out"] == "explained")
    #expect(fates["third: n++ left out"] == "nothing new")
  }

  @Test("the elements of a choice are one text, the ways of another are not")
  func choices() throws {
    let model = Model(
      name: "choices", summary: "", sources: [], bounds: [],
      variants: [Variant("holds", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let fields = (0..<3).map { b.field("f\($0)", .range(0...9), initially: 0) }
      b.actor("a", on: b.cpu()) { _ in
        Choose(fields) { field in
          Step("set", .store(field)) { 1 }
          Step("add", .atomic(field)) { $0 += 1 }
        }
        Choose {
          Way { Step("one", .store(fields[0])) { 1 } }
          Way { Step("two", .store(fields[1])) { 2 } }
        }
      }
    }
    let titles = try Configuration(model).mutations().map(\.title)
    #expect(
      titles.sorted() == [
        "add as a load and a store, not atomic", "add left out", "add moved before set",
        "one left out", "set left out", "two left out",
      ])
  }

  @Test("what does not hold can't be broken, and what can't be compiled is no mutant")
  func noMutants() throws {
    let model = Model(
      name: "loop", summary: "", sources: [], bounds: [],
      variants: [
        Variant("holds", "", source: "", expect: .holds, design: true),
        Variant("wrong", "", source: "", expect: .holds, design: false),
      ]
    ) { b, isRight, _ in
      let n = b.field("n", .range(0...3), initially: 0)
      b.actor("a", on: b.cpu(), duty: .mayRunForever) { _ in
        Loop { Step("look", .load(n)) { _, _ in } }
      }
      b.invariant("it is right") { _ in isRight }
    }
    let run = try Configuration(model).mutationRun()
    #expect(run.mutants.map(\.fate.name) == ["not built"])
    #expect(run.decided.isEmpty)
    #expect(try Configuration(model, variant: "wrong").mutationRun().objection != nil)
  }
}
