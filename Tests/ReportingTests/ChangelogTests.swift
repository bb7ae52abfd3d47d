import Foundation
import ModelChecking
import Models
import Reporting
import Testing

/// The trace alone, in the forms that others take.
@Suite("Traces to be pasted and exchanged")
struct ChangelogTests {
  private func report(_ one: TraceTableTests.Case) throws -> CheckReport {
    let names = one.name.split(separator: " ").map(String.init)
    let model = try #require(Model.all.first { $0.name == names[0] })
    let configuration = try Configuration(model, variant: names[1])
    return CheckReport(
      configuration, system: one.system, outcome: one.outcome, command: "again")
  }

  private static let mail = TextStyle(width: TextStyle.mailWidth)

  /// One finding of each variant: that of its verdict.
  private static let cases = Dictionary(grouping: TraceTableTests.cases, by: \.name)
    .values.map { $0[0] }.sorted { $0.name < $1.name }

  private func trace(
    _ one: TraceTableTests.Case, as format: TraceFormat, full: Bool = false
  ) throws -> String {
    var style = Self.mail
    style.folds = !full
    return try #require(try report(one).trace(as: format, style))
  }

  @Test("the race as reported is a sentence and a table that can be pasted")
  func asReported() throws {
    let one = try #require(Self.cases.first { $0.name == "put-page-race as-reported" })
    #expect(
      try trace(one, as: .changelog) == """
          After step 5 it is no longer true that a page that virtio-mem owns is
            on no free list.

             CPU0 kernel walker        CPU1 virtio-mem
             ------------------        ---------------
          1  get_page_unless_zero()                     page0.refcount 1 -> 2
                                       virtio_mem_set_fake_offline()
          2                             __SetPageOffline()
          3                             page_ref_dec()  page0.refcount 2 -> 1
             put_page()
          4   page_ref_dec_and_test()                   page0.refcount 1 -> 0
              __put_page()
          5    free_unref_page()                        page0.free_list none
               ^^^^^^^^^^^^^^^^^                          -> pcp(0)

        """)
  }

  @Test(
    "a changelog's lines are short, indented and plain, and tell every step or that it is left out")
  func rules() throws {
    for one in Self.cases {
      let text = try trace(one, as: .changelog)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      for line in lines where !line.isEmpty {
        #expect(line.hasPrefix("  ") && line.count <= 72, "\(one.name): \(line)")
        #expect(
          line.utf8.allSatisfy { $0 < 128 } && !line.prefix(4).contains(">"), "\(one.name): \(line)"
        )
      }
      // Behind the sentence that it begins with.
      let table = lines.drop { !$0.isEmpty }.dropFirst()
      let rows = table.prefix { !$0.isEmpty }.count
      #expect(rows <= 40 || one.steps.count > 20, "\(one.name): \(rows)")
      let shown = Set(
        table.joined(separator: "\n").matches(of: /(?m)^ +([0-9]+)[ ]/).compactMap { Int($0.1) })
      var left: Set<Int> = []
      let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if let list = words.firstMatch(of: /Steps? ([0-9, toand]+) (?:is|are) left out/) {
        for part in String(list.1).matches(of: /([0-9]+)(?: to ([0-9]+))?/) {
          let first = Int(part.1) ?? 0
          left.formUnion(first...(part.2.flatMap { Int($0) } ?? first))
        }
      }
      #expect(shown.isDisjoint(with: left), "\(one.name)")
      #expect(shown.union(left) == Set(one.steps.indices.map { $0 + 1 }), "\(one.name)")
      if !one.finding.trace.steps.isEmpty { #expect(text.contains("^^"), "\(one.name)") }
    }
  }

  @Test("with --full a changelog has every step")
  func full() throws {
    let one = try #require(
      Self.cases.first { $0.name == "hotplug-lifecycle online-everything" })
    let text = try trace(one, as: .changelog, full: true)
    #expect(!text.contains("left out"))
    #expect(text.matches(of: /(?m)^ +([0-9]+)[ ]/).count == one.steps.count)
  }

  @Test("Mermaid has a line a step, of participants that are declared, with nothing that is markup")
  func mermaid() throws {
    for one in Self.cases {
      let lines = try trace(one, as: .mermaid).split(separator: "\n")
      #expect(lines.first == "sequenceDiagram")
      #expect(lines.count { $0.contains("->>a") && !$0.contains("-->>") } == one.steps.count)
      for line in lines.dropFirst() {
        #expect(
          line.contains(
            /^  (participant a[0-9]+ as |a[0-9]+-?->>a[0-9]+: |Note over a[0-9]+(,a[0-9]+)?: |loop for ever$|rect rgb\(|end$)/
          ),
          "\(one.name): \(line)")
        let text = line.replacing(/#[0-9]+;|<br>|^  a[0-9]+-?->>/, with: "")
        #expect(!text.contains(/[<>;"]/), "\(one.name): \(line)")
      }
    }
  }

  @Test("ITF has a state for each place between the steps, with what each step changed")
  func itf() throws {
    for one in Self.cases {
      let form = try #require(
        try JSONSerialization.jsonObject(with: Data(try trace(one, as: .itf).utf8))
          as? [String: Any])
      let states = try #require(form["states"] as? [[String: Any]])
      let variables = try #require(form["vars"] as? [String])
      #expect(states.count == one.steps.count + 1)
      for (number, state) in states.enumerated() {
        #expect(Set(state.keys) == Set(variables + ["#meta"]))
        #expect((state["#meta"] as? [String: Any])?["index"] as? Int == number)
        guard number > 0 else { continue }
        for change in one.steps[number - 1].changes where variables.contains(change.field) {
          #expect(value(state[change.field]) == change.after, "\(one.name) \(change.field)")
        }
      }
      let loop = one.finding.trace.loop.count
      #expect(form["loop"] as? Int == (loop == 0 ? nil : states.count - loop))
    }
  }

  /// A value of ITF as reports show it.
  private func value(_ value: Any?) -> String? {
    if let number = value as? [String: String] { return number["#bigint"] }
    if let flag = value as? Bool { return "\(flag)" }
    return value as? String
  }
}
