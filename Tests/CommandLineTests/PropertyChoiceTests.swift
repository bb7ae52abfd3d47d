import Foundation
import ModelChecking
import StraypageCLI
import Synchronization
import Testing

@Suite("check --keep-going and --property")
struct PropertyChoiceTests {
  /// A count that goes to 3, of which two things are claimed that are not so.
  private static let model = Model(
    name: "counting", summary: "How far does it count?", sources: [],
    bounds: [Bound("steps", "how many steps", default: 3, large: 3, in: 1...9)],
    variants: [Variant("plain", "counts", source: "", expect: .holds, design: ())]
  ) { system, _, bounds in
    let n = system.field("n", .range(0...9), initially: 0)
    system.actor("counter", on: system.cpu()) { _ in
      for _ in 0..<bounds.values[0].value { Step("count", .atomic(n)) { $0 += 1 } }
    }
    system.invariant("n is below 2") { s in s[n] < 2 }
    system.invariant("n is below 3") { s in s[n] < 3 }
    system.invariant("n is below 5") { s in s[n] < 5 }
    system.goal("n is 3") { s in s[n] == 3 }
  }

  /// Two that may wait for each other, and one of whom something wrong is claimed.
  private static let waiting = Model(
    name: "waiting", summary: "Who waits for whom?", sources: [], bounds: [],
    variants: [Variant("plain", "waits", source: "", expect: .deadlock(steps: 2), design: ())]
  ) { system, _, _ in
    let flags = (0..<2).map { system.field("flag\($0)", .flag, initially: false) }
    for number in 0..<2 {
      system.actor("walker\(number)", on: system.cpu()) { _ in
        Step("raise", .store(flags[number])) { true }
        Step("wait", .wait(flags[1 - number])) { !$0 }
        Step("lower", .store(flags[number])) { false }
      }
    }
    system.goal("both are raised") { s in s[flags[0]] && s[flags[1]] }
  }

  @Test("deadlocks that are ignored are counted, and said to be ignored")
  func ignoreDeadlocks() throws {
    #expect(run("check", "waiting").text.contains("\nDEADLOCK after 2 steps"))
    let ignored = run("check", "waiting", "--ignore-deadlocks")
    #expect(ignored.status == .asItShouldBe)
    #expect(
      ignored.text.contains(
        """

        Deadlocks are ignored: in 1 state nothing can move, and not all actors are at an end. That others
        wait for ever was not judged either.

        """))
    let text = run("check", "waiting", "--ignore-deadlocks", "--format", "json").text
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["deadlocks"] as? Int == 1)
    #expect((object["command"] as? String)?.hasSuffix("--ignore-deadlocks") == true)
  }

  private func run(_ arguments: String...) -> (
    status: StraypageCLI.ExitStatus, text: String, errors: String
  ) {
    let text = Mutex("")
    let errors = Mutex("")
    let status = CommandLineTool(
      name: "tool", models: [Self.model, Self.waiting],
      output: Output(
        result: { part in text.withLock { $0 += part } },
        error: { part in errors.withLock { $0 += part } }), input: Input(echoes: true) { nil }
    ).run(arguments)
    return (status, text.withLock { $0 }, errors.withLock { $0 })
  }

  @Test("everything that is wrong is told, the first as the verdict")
  func keepGoing() throws {
    let first = run("check", "counting")
    #expect(first.text.contains("\nVIOLATED after 2 steps: n is below 2\n"))
    #expect(!first.text.contains("n is below 3"))
    #expect(first.text.contains("\nGoal not decided, the search ended before: n is 3\n"))
    let all = run("check", "counting", "--keep-going")
    #expect(all.status == first.status)
    #expect(all.text.contains("\nVIOLATED after 2 steps: n is below 2\n"))
    #expect(all.text.contains("\nVIOLATED after 3 steps: n is below 3\n"))
    #expect(all.text.contains("\nAfter step 3 it is no longer true that n is below 3.\n"))
    #expect(all.text.contains("\nGoal reached after 3 steps: n is 3\n"))
    #expect(all.text.contains("--keep-going\n"))
    let text = run("check", "counting", "--keep-going", "--format", "json").text
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let others = try #require(object["alsoFound"] as? [[String: Any]])
    #expect(others.compactMap { $0["property"] as? String } == ["n is below 3"])
    let goals = try #require(object["goals"] as? [[String: Any]])
    #expect(goals.compactMap { $0["isDecided"] as? Bool } == [true])
    let trace = try #require(object["trace"] as? [String: Any])
    #expect(trace["hasFewestSwitches"] as? Bool == true)
  }

  @Test("of the properties that are named alone it is said that they hold")
  func property() {
    let one = run("check", "counting", "--property", "n is below 5")
    #expect(one.status == .asItShouldBe)
    #expect(
      one.text.contains(
        "\nHOLDS: every reachable state was visited and the one property looked at is true in it.\n"
      ))
    #expect(
      one.text.contains(
        "\nShown under sequential consistency, for steps=3:\n  always: n is below 5\n\n"))
    #expect(one.text.contains("\nLooked at: n is below 5. Nothing else was judged.\n"))
    let two = run("check", "counting", "--property", "3", "--property", "4")
    #expect(two.text.contains("and each of the 2 properties looked at is true in it.\n"))
    let wrong = run("check", "counting", "--property", "2")
    #expect(wrong.text.contains("\nVIOLATED after 3 steps: n is below 3\n"))
    #expect(wrong.text.contains("Again: tool check counting --variant plain --property 2\n"))
  }

  @Test("list numbers the properties, and a name that isn't there is refused with the nearest")
  func names() {
    #expect(
      run("list", "counting").text.contains(
        """

        Properties of plain (check --property NAME, or its number):
          1  always: n is below 2
          2  always: n is below 3
          3  always: n is below 5
          4  can happen: n is 3

        Of every search that judges all of them, too:
          can always come to an end or to rest: counter
          nobody waits for ever, misuses a lock or ends with one held
        """))
    let unknown = run("check", "counting", "--property", "n is below")
    #expect(unknown.status == .badInput)
    #expect(
      unknown.errors.contains("there is no property 'n is below'; did you mean 'n is below 2'?"))
  }
}
