import Foundation
import ModelChecking
import Models
import Reporting
import Testing

@Suite("Text and JSON reports")
struct TextReportTests {
  private func report(
    _ model: Model = .putPageRace, variant: String, settings: [String: Int] = [:],
    options: String = ""
  ) throws -> CheckReport {
    let configuration = try Configuration(model, variant: variant, settings: settings)
    let system = try configuration.system()
    return CheckReport(
      configuration, system: system, outcome: try system.search(),
      command: "straypage check \(model.name)\(options)")
  }

  /// The lines down to the figures, which name seconds.
  private func body(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test("the race as reported is drawn as changelogs draw it")
  func asReported() throws {
    let lines = body(try report(variant: "as-reported").text(TextStyle(width: 80)))
    #expect(
      lines.prefix(20).joined(separator: "\n") == """
        put-page-race as-reported pages=1 walkers=1

        VIOLATED after 5 steps: a page that virtio-mem owns is on no free list

        At the start page0.refcount = 1 and page0.owner = driver.

             CPU0 kernel walker      CPU1 virtio-mem
             ------------------      ---------------
          1  get_page_unless_zero                       page0.refcount 1 -> 2
                                     virtio_mem_set_fake_offline
          2                           __SetPageOffline  page0.type none -> offline
          3                           page_ref_dec      page0.refcount 2 -> 1
             put_page
          4   page_ref_dec_and_test                     page0.refcount 1 -> 0
              __put_page
        > 5    free_unref_page                          page0.free_list none -> pcp(0)

        After step 5 it is no longer true that a page that virtio-mem owns is on no free
        list.
        Again: straypage check put-page-race
        """)
    // The whole report fits a terminal of 80 columns and 25 lines, with the prompt.
    #expect(lines.filter { !$0.isEmpty }.allSatisfy { $0.count <= 80 })
    #expect(lines.dropLast().count <= 24)
  }

  @Test("each verdict is said in words")
  func verdicts() throws {
    func firstLine(_ variant: String) throws -> String {
      body(try report(variant: variant).text())[2]
    }
    #expect(try firstLine("put-page-hook").hasPrefix("HOLDS: every reachable state was visited"))
    #expect(
      try firstLine("keep-reference")
        .hasPrefix("GOAL UNREACHABLE: in no reachable state is it true that every page is"))
    #expect(
      try firstLine("check-at-free") == "VIOLATED after 5 steps: no page is leaked by bad_page()")
  }

  @Test("what holds is told, with the memory model and the bounds")
  func proof() throws {
    let text = try report(variant: "put-page-hook", settings: ["walkers": 2]).text()
    #expect(
      text.contains(
        """

        Shown under sequential consistency, for pages=1 walkers=2:
          always: a page that virtio-mem owns is on no free list
          always: no page's reference count goes below 0
          always (else a warning): a page on a free list has no reference
          can always still happen: every page is PageOffline with reference count 0
          at its steps: BUG: Bad page state
          at its steps: the driver marks only pages that it took
          can always come to an end or to rest: kernel walker 0, kernel walker 1, virtio-mem
          nobody waits for ever, misuses a lock or ends with one held

        """), "\(text)")
    #expect(try !report(variant: "as-reported").text().contains("Shown under"))
  }

  @Test("an inconclusive report says how far all is well, and that it stopped")
  func partialProof() throws {
    let configuration = try Configuration(.pageChurn, settings: ["pages": 4, "walkers": 4])
    let system = try configuration.system()
    let outcome = try system.search(SearchOptions(seconds: 0.05))
    let text = CheckReport(configuration, system: system, outcome: outcome, command: "again").text()
    let tried = try #require(outcome.triedSteps)
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      words.contains(
        " No schedule of up to \(tried) step\(tried == 1 ? "" : "s") breaks an invariant, fails an "
          + "assertion, misuses a lock or is at fault; all of them were tried. Again: "), "\(text)")
    #expect(words.contains(" s, then stopped, "))
  }

  @Test("a warning on the way is told by its step, one with a way of its own with its trace")
  func warnings() throws {
    let onTheWay = try report(variant: "upstream-any-walker").text()
    #expect(
      onTheWay.contains("\nWarning, already after step 3: WARN_ON(!page_ref_dec_and_test(page))"))
    #expect(onTheWay.components(separatedBy: "CPU0 kernel walker").count == 2)
    let apart = try report(.softOffline, variant: "no-free-hook").text()
    #expect(apart.contains("\nWarning after 6 steps: a page taken out of use is on no list"))
    #expect(apart.components(separatedBy: "At the start").count == 4)
  }

  @Test("a deadlock names who holds what, also where its trace is folded")
  func deadlock() throws {
    let model = Model(
      name: "abba", summary: "In which order?", sources: ["none"], bounds: [],
      variants: [Variant("only", "", source: "", expect: .deadlock(steps: 26), design: ())]
    ) { b, _, _ in
      let locks = ["a", "b"].map { b.lock($0, .mutex) }
      for (number, order) in [[0, 1], [1, 0]].enumerated() {
        let own = b.field("own\(number)", .range(0...12), initially: 0)
        b.actor("task\(number)", on: b.cpu()) { _ in
          Call("prepare") { for _ in 0..<12 { Step("work", .atomic(own)) { $0 += 1 } } }
          for lock in order { locks[lock].acquire() }
          for lock in order { locks[lock].release() }
        }
      }
    }
    let text = try report(model, variant: "only").text()
    #expect(
      text.contains(
        """
              CPU0 task0     CPU1 task1
              ----------     ----------
              ... 12 steps: prepare
          13  mutex_lock(a)                 a.holder none -> task0
                             ... 12 steps: prepare
        > 26                 mutex_lock(b)  b.holder none -> task1

        task0 waits in mutex_lock(b) after step 13: task1 holds b since step 26. task1 waits in
        mutex_lock(a) after step 26: task0 holds a since step 13.
        """), "\(text)")
  }

  @Test("what is wrong from the start needs no table")
  func atTheStart() throws {
    let model = Model(
      name: "wrong", summary: "Is it right?", sources: ["none"], bounds: [],
      variants: [Variant("only", "", source: "", expect: .violated("n is 0", steps: 0), design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...2), initially: 1)
      b.actor("nobody", on: b.cpu()) { _ in Step("nothing", .store(n)) { 0 } }
      b.invariant("n is 0") { s in s[n] == 0 }
    }
    #expect(
      try report(model, variant: "only").text().contains(
        """
        VIOLATED after 0 steps: n is 0

        At the start n = 1.

        At the start it is not true that n is 0.
        Again:
        """))
  }

  @Test("the command line breaks where a shell goes on")
  func command() throws {
    let long = try report(
      variant: "as-reported", options: " --variant as-reported --set pages=2 --set walkers=3")
    #expect(
      long.text(TextStyle(width: 72)).contains(
        """

        Again: straypage check put-page-race --variant as-reported \\
            --set pages=2 --set walkers=3

        """))
  }

  @Test("a loop is shown as a loop")
  func loop() throws {
    let model = Model(
      name: "retry", summary: "Does it ever end?", sources: ["none"], bounds: [],
      variants: [Variant("only", "", source: "", expect: .goalUnreachable("done"), design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...2), initially: 0)
      b.actor("offline_pages", on: b.cpu()) { _ in
        Step("start_isolate_page_range", .store(n)) { 1 }
        Loop {
          Step("scan_movable_pages", .store(n)) { 2 }
          Step("test_pages_isolated", .store(n)) { 1 }
        }
      }
      b.goal("done") { s in s[n] == 0 && s[n] == 1 }
    }
    let lines = body(try report(model, variant: "only").text())
    let start = try #require(lines.firstIndex { $0.hasSuffix("round and round, for ever:") })
    #expect(lines[start + 1].contains("scan_movable_pages"))
    #expect(lines[start + 2].contains("test_pages_isolated"))
    #expect(lines.contains("It can't happen that done, and the last 2 steps repeat."))
  }

  @Test("the JSON report says the same")
  func json() throws {
    let report = try report(variant: "upstream-any-walker")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any])
    #expect(object["verdict"] as? String == "violated")
    #expect(object["property"] as? String == "a page that virtio-mem owns is on no free list")
    #expect(object["states"] as? Int == report.outcome.statistics.states)
    #expect(object["transitions"] as? Int == report.outcome.statistics.transitions)
    let trace = try #require(object["trace"] as? [String: Any])
    #expect(trace["length"] as? Int == 5)
    let steps = try #require(trace["steps"] as? [[String: Any]])
    #expect(
      steps.map { $0["step"] as? String } == report.outcome.findings[0].trace.steps.map(\.name))
    #expect((object["warnings"] as? [[String: Any]])?.count == 1)
  }
}
