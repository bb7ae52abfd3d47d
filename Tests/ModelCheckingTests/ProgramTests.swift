import ModelChecking
import Testing

@Suite("Programs of steps")
struct ProgramTests {
  /// Every sequence of digits, at most six, that a program of `digit` steps can write.
  private func runs(_ program: @escaping (Field<Int>) -> Steps) throws -> Set<String> {
    var found: Set<String> = []
    for digits in (0...6).flatMap(Self.numbers) {
      let system = try System { b in
        let log = b.field("log", .range(0...9_999_999), initially: 0)
        let isOver = b.field("over", .flag, initially: false)
        b.actor("actor", on: b.cpu()) { _ in
          program(log)
          Step("end", .store(isOver)) { true }
        }
        b.goal("this run") { s in s[isOver] && s[log] == digits }
      }
      if try system.search().verdict == .holds { found.insert(String(digits)) }
    }
    return found
  }

  private static func numbers(of length: Int) -> [Int] {
    (0..<length).reduce([0]) { numbers, _ in numbers.flatMap { n in (1...3).map { n * 10 + $0 } } }
  }

  private func digit(_ n: Int, _ log: Field<Int>) -> Step {
    Step("\(n)", .atomic(log)) { $0 = $0 * 10 + n }
  }

  private func isEven(_ log: Field<Int>) -> Condition {
    Condition("even?", .load(log)) { $0 % 2 == 0 }
  }

  @Test("steps run in order")
  func sequence() throws {
    #expect(
      try runs { log in
        Steps {
          digit(1, log)
          digit(2, log)
          digit(3, log)
        }
      } == ["123"])
  }

  @Test("If goes the way its condition answers, and a not turns it round")
  func branches() throws {
    let yes = try runs { log in
      Steps {
        digit(2, log)
        If(isEven(log)) {
          digit(1, log)
        } otherwise: {
          digit(3, log)
        }
        digit(2, log)
      }
    }
    #expect(yes == ["212"])
    let no = try runs { log in
      Steps {
        digit(2, log)
        If(!isEven(log)) {
          digit(1, log)
        } otherwise: {
          digit(3, log)
        }
      }
    }
    #expect(no == ["23"])
  }

  @Test("Choose goes every way, and While as often as its condition says")
  func choiceAndWhile() throws {
    let found = try runs { log in
      Steps {
        digit(2, log)
        While(isEven(log)) {
          Choose {
            Way { digit(1, log) }
            Way {
              digit(3, log)
              digit(3, log)
            }
          }
        }
      }
    }
    #expect(found == ["21", "233"])
  }

  @Test("Loop repeats until Break, and Continue begins it anew")
  func loops() throws {
    let found = try runs { log in
      Steps {
        Loop {
          digit(1, log)
          If(Condition("over 100?", .load(log)) { $0 > 100 }) { Break() }
          digit(2, log)
          Continue()
          digit(3, log)
        }
        digit(3, log)
      }
    }
    #expect(found == ["1213"])
  }

  @Test("Return leaves its own call only, and labels belong to a call")
  func callsAndLabels() throws {
    let found = try runs { log in
      @StepsBuilder func twice() -> Steps {
        Call("f") {
          digit(1, log)
          Goto("out")
          digit(3, log)
          Label("out")
          Return()
        }
      }
      return Steps {
        twice()
        twice()
        digit(2, log)
      }
    }
    #expect(found == ["112"])
  }

  @Test("a called condition answers by Return")
  func calledConditions() throws {
    let found = try runs { log in
      Steps {
        digit(2, log)
        If(
          Condition(call: "both") {
            If(!isEven(log)) { Return(false) }
            digit(1, log)
            Return(true)
          }
        ) {
          digit(3, log)
        } otherwise: {
          digit(1, log)
        }
      }
    }
    #expect(found == ["213"])
  }

  @Test("branches on registers take no step, also as ways of a choice")
  func registers() throws {
    let system = try System { b in
      let out = b.field("out", .range(0...9), initially: 0)
      b.actor("actor", on: b.cpu()) { actor in
        let tries = actor.register("tries", .range(0...3), initially: 0)
        While(Condition(register: { my in my[tries] < 2 })) {
          Step("try") { my in my[tries] += 1 }
        }
        Choose {
          Way {
            If(Condition(register: { my in my[tries] == 2 })) {
              Step("a", .store(out)) { 1 }
            } otherwise: {
              Step("b", .store(out)) { 2 }
            }
          }
          Way { Step("c", .store(out)) { 3 } }
        }
      }
      b.goal("a") { s in s[out] == 1 }
      b.goal("c") { s in s[out] == 3 }
      b.invariant("never b") { s in s[out] != 2 }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try system.search(strategy: strategy)
      #expect(outcome.verdict == .holds)
      #expect(outcome.goals.map(\.steps) == [3, 3])
      #expect(outcome.statistics.states == 5)
    }
  }

  /// Steps within steps.
  private static func nested(_ depth: Int, _ around: (Steps) -> Steps) -> Steps {
    (0..<depth).reduce(Step("x").steps) { inner, _ in around(inner) }
  }

  @Test("statements may stand deep within one another, and many questions one after the other")
  func deep() throws {
    let system = try System { b in
      b.actor("a", on: b.cpu()) { my in
        let r = my.register("r", .range(0...1), initially: 0)
        Step("start")
        Self.nested(100) { inner in If(Condition(register: { my in my[r] == 0 })) { inner }.steps }
        // Each way leads to the next question, so there are 2 to the 200 of them.
        for number in 0..<200 {
          If(Condition(register: { my in my[r] == 1 })) {
            If(Condition(register: { my in my[r] == 0 })) { Step("\(number)") }
          }
        }
        Step("end")
      }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try system.search(strategy: strategy)
      #expect(outcome.verdict == .holds)
      #expect(outcome.statistics.states == 4)
      #expect(outcome.coverage != nil)
    }
  }

  @Test("a handler may begin with any number of questions about registers")
  func handlerAsks() throws {
    let system = try System { b in
      let lock = b.lock("lock", .spinlock)
      let cpu = b.cpu()
      b.actor("task", on: cpu) { _ in lock.guarded { Step("work") } }
      b.actor("handler", on: cpu, .interrupt) { my in
        let r = my.register("r", .range(0...1), initially: 0)
        for _ in 0..<200 {
          If(Condition(register: { my in my[r] == 1 })) {
            If(Condition(register: { my in my[r] == 0 })) { Step("x") }
          }
        }
        lock.acquire()
        lock.release()
      }
    }
    #expect(try system.search().verdict == .found(.deadlock))
  }

  @Test(
    "a program that makes no sense is refused with what is wrong",
    arguments: [
      ("there is no label 'nowhere'", Steps { Goto("nowhere") }),
      (
        "the label 'here' is there twice",
        Steps {
          Label("here")
          Label("here")
        }
      ),
      ("a Break stands outside every Loop", Steps { Break() }),
      ("a Loop takes no step", Steps { Loop { Steps.none } }),
      ("a Loop takes no step", Steps { While(Condition(register: { _ in true })) { Steps.none } }),
      (
        "the step 'wait' may rest, but is a way of a Choose behind a question about registers",
        Steps {
          Choose {
            Way { Step("a") }
            Way { If(Condition(register: { _ in false })) { Step("wait").mayRest() } }
          }
          Step("b")
        }
      ),
      ("a Choose has no ways", Steps { Choose([Int]()) { _ in Steps.none } }),
      (
        "a way of a Choose ends the program without a step",
        Steps { Choose(0..<2) { _ in Finish() } }
      ),
      ("a Return answers where nothing was asked", Steps { Return(true) }),
      (
        "a Return gives no answer in 'f', which needs one",
        Steps { If(Condition(call: "f") { Return() }) { Steps.none } }
      ),
      (
        "a Condition(call:) ends without Return(true) or Return(false)",
        Steps { If(Condition(call: "f") { Steps.none }) { Steps.none } }
      ),
      (
        "its statements stand more than 256 deep within one another",
        nested(20_000) { inner in If(Condition(register: { _ in true })) { inner }.steps }
      ),
      (
        "its statements stand more than 256 deep within one another",
        nested(20_000) { inner in
          If(
            !Condition(call: "f") {
              inner
              Return(true)
            }
          ) { Steps.none }.steps
        }
      ),
      (
        "more than 512 questions about registers stand one after the other",
        Steps {
          for _ in 0..<20_000 {
            If(Condition(register: { _ in true })) { Step("x") }
          }
        }
      ),
    ])
  func mistakes(problem: String, steps: Steps) {
    #expect {
      try System { b in b.actor("a", on: b.cpu()) { _ in steps } }
    } throws: { error in
      (error as? ModelError)?.problems == ["actor 'a': \(problem)"]
    }
  }
}
