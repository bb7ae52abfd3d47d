import ModelChecking
import Models
import Reporting
import Testing

/// The rules of every table, over everything that the models find.
@Suite("Tables of traces")
struct TraceTableTests {
  /// A finding of a model's variant.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let system: System
    let outcome: Outcome
    let finding: Finding

    func text(_ style: TextStyle) -> String {
      TraceTable(finding, of: system, style: style).text
    }

    var steps: [TraceStep] {
      finding.trace.steps + finding.trace.onward + finding.trace.loop
    }

    var testDescription: String { name }
  }

  static let cases: [Case] = Model.all.filter { $0.name != "page-churn" }.flatMap { model in
    model.variants.filter { $0.expected != .holds }.flatMap { variant -> [Case] in
      guard let system = try? model.system(variant: variant.name),
        let outcome = try? system.search()
      else { return [] }
      return outcome.findings.map {
        Case(name: "\(model.name) \(variant.name)", system: system, outcome: outcome, finding: $0)
      }
    }
  }

  static let widths = [60, 72, 80, 100, 160]

  private func lines(_ text: String) -> [String] {
    #expect(text.hasSuffix("\n"))
    return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// The text in one line with single blanks, so that it doesn't matter where lines break.
  private func flat(_ text: String) -> String {
    text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
  }

  /// The numbers of the rows that are steps, with the mark of a marked one.
  private func numbers(_ text: String) -> [String] {
    lines(text).compactMap { line in
      line.wholeMatch(of: /(>?) {0,4}([0-9]+) .*/).map { "\($0.1)\($0.2)" }
    }
  }

  @Test("there are findings to look at")
  func findings() {
    #expect(Self.cases.count > 80)
    #expect(Set(Self.cases.map { Set($0.steps.map(\.actor)).count }).isSuperset(of: [1, 2, 3, 4]))
  }

  @Test("no line is longer than the width or ends in blanks, and ASCII is ASCII")
  func widths() {
    for example in Self.cases {
      for width in Self.widths {
        let ascii = example.text(TextStyle(width: width))
        let unicode = example.text(TextStyle(width: width, charset: .unicode))
        for line in lines(ascii) + lines(unicode) {
          #expect(line.count <= width && line.last != " ", "\(example.name) at \(width): \(line)")
        }
        #expect(ascii.utf8.allSatisfy { $0 == 10 || (32..<127).contains($0) })
        #expect(unicode.contains("\u{2500}") || unicode.contains("\u{2502}"))
      }
    }
  }

  @Test("the full text has every step by its number, and every change")
  func complete() {
    for example in Self.cases {
      for width in Self.widths {
        let text = example.text(TextStyle(width: width, folds: false))
        let last = example.finding.trace.steps.count
        #expect(
          numbers(text) == (1...example.steps.count).map { $0 == last ? ">\($0)" : "\($0)" },
          "\(example.name) at \(width)")
        let flat = flat(text)
        for step in example.steps {
          #expect(flat.contains(self.flat(step.name)))
          for change in step.changes {
            #expect(
              flat.contains("\(change.field) \(change.before) -> \(change.after)"),
              "\(example.name) at \(width): \(change)")
          }
        }
      }
    }
  }

  @Test("folding leaves the numbers as they are, the marked step and the count of all")
  func folding() {
    var folded = 0
    for example in Self.cases {
      let full = example.text(TextStyle(folds: false))
      let text = example.text(TextStyle())
      if example.steps.count <= 20 { #expect(text == full, "\(example.name)") }
      let kept = numbers(text)
      let hidden = text.matches(of: /\.\.\. ([0-9]+) steps: [^ ]/).compactMap { Int($0.1) }
      #expect(hidden.allSatisfy { $0 >= 3 })
      #expect(kept.count + hidden.reduce(0, +) == example.steps.count, "\(example.name)")
      let all = numbers(full)
      #expect(kept == all.filter(kept.contains) && kept.count(where: { $0.first == ">" }) <= 1)
      #expect(all.filter { $0.first == ">" } == kept.filter { $0.first == ">" })
      if text != full { folded += 1 }
    }
    #expect(folded > 5)
  }

  @Test("without its colours, coloured text is the plain text")
  func colour() {
    for example in Self.cases {
      for width in [72, 100] {
        let coloured = example.text(TextStyle(width: width, hasColor: true))
        #expect(coloured.contains("\u{1B}[1;31m>\u{1B}[0m") == !example.finding.trace.steps.isEmpty)
        #expect(
          coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == example.text(TextStyle(width: width)))
      }
    }
  }

  @Test("what changed stands in one column")
  func alignment() {
    for example in Self.cases {
      let lines = lines(example.text(TextStyle(width: 160, folds: false)))
      var columns: Set<Int> = []
      for change in example.steps.flatMap(\.changes) {
        let text = "\(change.field) \(change.before) -> \(change.after)"
        // Two blanks, so that it is not the end of a longer name.
        for line in lines where line.hasSuffix("  " + text) {
          columns.insert(line.count - text.count)
        }
      }
      #expect(columns.count <= 1, "\(example.name): \(columns)")
    }
  }

  // MARK: Systems made for one question

  /// Actors that each take one step, and an invariant that is false when all have.
  private func oneStepEach(_ names: [String], step: String = "atomic_inc") throws -> Case {
    let system = try System { b in
      let count = b.field("count", .range(0...names.count), initially: 0)
      for name in names {
        b.actor(name, on: b.cpu()) { _ in Call("caller") { Step(step, .atomic(count)) { $0 += 1 } }
        }
      }
      b.invariant("some are missing") { s in s[count] < names.count }
    }
    let outcome = try system.search()
    return Case(
      name: "one step each", system: system, outcome: outcome,
      finding: try #require(outcome.findings.first))
  }

  @Test("columns that are too narrow for their names get a staircase of them")
  func staircase() throws {
    let example = try oneStepEach(["first writer", "second writer", "third writer", "reader"])
    #expect(
      example.text(TextStyle(width: 60)).hasPrefix(
        """
             CPU0 first writer
             |         CPU1 second writer
             |         |         CPU2 third writer
             |         |         |         CPU3 reader
             caller
          1   atomic_inc                             count 0 -> 1
        """))
  }

  @Test("too many actors for columns are named as they take turns")
  func list() throws {
    let example = try oneStepEach((0..<12).map { "walker\($0)" })
    let text = example.text(TextStyle(width: 60))
    #expect(
      text.hasPrefix(
        """
              CPU0 walker0:
              caller
           1   atomic_inc     count 0 -> 1
              CPU1 walker1:
        """), "\(text)")
    #expect(text.hasSuffix("> 12   atomic_inc     count 11 -> 12\n"))
  }

  @Test("a name that is longer than the line goes on in the next, with nothing cut off")
  func longNames() throws {
    let name = "a_function_" + String(repeating: "with_a_long_name_", count: 8) + "end"
    let text = try oneStepEach(["one", "two"], step: name).text(TextStyle(width: 72))
    #expect(lines(text).allSatisfy { $0.count <= 72 })
    #expect(text.filter { $0 != " " && $0 != "\n" }.contains(name))
  }

  @Test("wide characters count twice, and become question marks in ASCII")
  func wideCharacters() throws {
    let example = try oneStepEach(["\u{9875}\u{9762}", "two"])
    let ascii = example.text(TextStyle())
    #expect(ascii.hasPrefix("     CPU0 ????    CPU1 two\n     ---------    --------\n"))
    #expect(
      example.text(TextStyle(charset: .unicode)).hasPrefix(
        "     CPU0 \u{9875}\u{9762}    CPU1 two\n     ─────────    ────────\n"))
  }

  @Test("actors of one CPU stand side by side under it")
  func sharedCPU() throws {
    let system = try System { b in
      let count = b.field("count", .range(0...3), initially: 0)
      let (first, second) = (b.cpu(), b.cpu())
      for (name, cpu) in [("task a", first), ("other", second), ("task b", first)] {
        b.actor(name, on: cpu) { _ in Step("inc", .atomic(count)) { $0 += 1 } }
      }
      b.invariant("not all") { s in s[count] < 3 }
    }
    let finding = try #require(try system.search().findings.first)
    #expect(
      TraceTable(finding, of: system).text.hasPrefix(
        """
             CPU0            CPU1
             task a  task b  other
             ------  ------  -----
          1  inc                    count 0 -> 1
        """))
  }

  /// An actor that calls a function of two steps twice, one call right after the other.
  private func calledTwice() throws -> (system: System, finding: Finding) {
    let system = try System { b in
      let count = b.field("count", .range(0...4), initially: 0)
      b.actor("a", on: b.cpu()) { _ in
        for _ in 0..<2 {
          Call("raise") {
            Step("read", .load(count))
            Step("write", .atomic(count)) { $0 += 1 }
          }
        }
      }
      b.invariant("less than two") { s in s[count] < 2 }
    }
    return (system, try #require(try system.search().findings.first))
  }

  @Test("two calls of a function, one right after the other, have a heading each")
  func twoCalls() throws {
    let (system, finding) = try calledTwice()
    #expect(
      TraceTable(finding, of: system).text == """
             CPU0 a
             ------
             raise
          1   read   /* count == 0 */
          2   write  count 0 -> 1
             raise
          3   read   /* count == 1 */
        > 4   write  count 1 -> 2

        """)
  }

  @Test("a diagram says of a call right after another of the same function that it is one again")
  func twoCallsAsMermaid() throws {
    let (system, finding) = try calledTwice()
    let messages = MermaidDiagram(finding, of: system).text.split(separator: "\n")
      .filter { $0.contains("a0->>a0") }
    #expect(
      messages == [
        "  a0->>a0: 1 raise #62; read", "  a0->>a0: 2 raise #62; write",
        "  a0->>a0: 3 raise again #62; read", "  a0->>a0: 4 raise #62; write",
      ])
  }

  @Test("a long trace is folded to what passes between actors")
  func eventful() throws {
    let system = try System { b in
      let own = b.field("own", .range(0...40), initially: 0)
      let ready = b.field("ready", .flag, initially: false)
      let stale = b.field("stale", .flag, initially: false)
      b.actor("writer", on: b.cpu()) { _ in
        Call("prepare") { for _ in 0..<18 { Step("work", .atomic(own)) { $0 += 1 } } }
        Call("publish") {
          Step("test stale", .load(stale))
          Step("set ready", .store(ready)) { true }
        }
        Call("clean_up") { for _ in 0..<4 { Step("undo", .atomic(own)) { $0 -= 1 } } }
        Step("last", .store(own)) { 0 }
      }
      b.actor("reader", on: b.cpu()) { _ in
        Step("wait", .wait(ready)) { $0 }
        Step("set stale", .store(stale)) { true }
      }
      b.invariant("own is used or ready is stale") { s in
        s[own] > 0 || !s[ready] || !s[stale]
      }
    }
    let finding = try #require(try system.search().findings.first)
    #expect(
      TraceTable(finding, of: system).text == """
              CPU0 writer  CPU1 reader
              -----------  -----------
              ... 18 steps: prepare
              publish
          19   test stale               /* stale == false */
          20   set ready                ready false -> true
              ... 4 steps: clean_up
          25  last                      own 14 -> 0
          26               wait         /* ready == true */
        > 27               set stale    stale false -> true

        """)
  }
}
