import Foundation
import ModelChecking
import Models
import Reporting
import Testing

@Suite("Web pages and graphs")
struct WebPageTests {
  private func report(
    _ model: Model = .putPageRace, variant: String, settings: [String: Int] = [:],
    _ options: SearchOptions = SearchOptions()
  ) throws -> CheckReport {
    let configuration = try Configuration(model, variant: variant, settings: settings)
    let system = try configuration.system()
    return CheckReport(
      configuration, system: system, outcome: try system.search(options),
      command: "straypage check \(model.name)")
  }

  private func page(of report: CheckReport) throws -> String {
    try report.html(report.outcome.findings.map { AnnotatedTrace($0, of: report.system) })
  }

  private func graph(of report: CheckReport) -> AnnotatedGraph {
    AnnotatedGraph(
      StateGraph(from: [Walk(report.system)], mostStates: 1000),
      path: report.outcome.findingOfVerdict?.trace)
  }

  /// A race whose names try to break out of whatever they are put into.
  private static let hostile = Model(
    name: "hostile", summary: "</script><b>\"'&", sources: ["none"], bounds: [],
    variants: [
      Variant("only", "</style>\u{2028}", source: "", expect: .goalUnreachable("done"), design: ())
    ]
  ) { b, _, _ in
    let n = b.field("x</script>\"\\", .range(0...2), initially: 0)
    b.actor("<i>&\"\\\n", on: b.cpu()) { _ in
      Step("</SCRIPT><!-- \u{2028}\u{2029}'", .store(n)) { 1 }
    }
    b.invariant("<u>\"]]></script>\\") { s in s[n] == 0 }
  }

  /// The data that the page's script gets.
  private func data(of page: String) throws -> [[String: Any]] {
    let match = try #require(page.firstMatch(of: /<script type="application\/json" id="data">(.*)/))
    let end = try #require(match.1.range(of: "</script>"))
    return try #require(
      try JSONSerialization.jsonObject(with: Data(match.1[..<end.lowerBound].utf8))
        as? [[String: Any]])
  }

  /// A trace of so many steps, beside each of which another could be taken.
  private static func longTrace(_ steps: Int) -> Model {
    Model(
      name: "long", summary: "", sources: [], bounds: [],
      variants: [Variant("v", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...steps), initially: 0)
      let other = b.field("other", .flag, initially: false)
      b.actor("counter", on: b.cpu()) { _ in
        While(Condition("below?", .load(n)) { $0 < steps }) {
          Step("count", .atomic(n)) { $0 += 1 }
        }
      }
      b.actor("bystander", on: b.cpu()) { _ in Step("look", .store(other)) { true } }
      b.invariant("the count is low") { s in s[n] < steps }
    }
  }

  @Test(
    "a page grows with its trace, and a step takes as much of it in a long one as in a short one")
  func linear() throws {
    let sizes = try [100, 200, 400].map { steps in
      try page(of: report(Self.longTrace(steps / 2), variant: "v")).utf8.count
    }
    let (first, second) = (sizes[1] - sizes[0], sizes[2] - sizes[1])
    #expect(first > 0 && second < 2 * first * 11 / 10)
  }

  @Test(
    "a page whose time is up has the whole trace, and says that it doesn't know what lies ahead")
  func timeUp() throws {
    let report = try report(variant: "as-reported")
    let traces = report.outcome.findings.map {
      AnnotatedTrace($0, of: report.system, unless: { true })
    }
    let whole = try page(of: report)
    let cut = try report.html(traces)
    func table(_ page: String) -> Substring? { page.firstMatch(of: /(?s)<main>.*<aside/)?.0 }
    #expect(table(cut) != nil && table(cut) == table(whole))
    #expect(!whole.contains("not known"))
    #expect(cut.contains("not known") && !cut.contains("nothing can go wrong"))
  }

  @Test("the whole trace is in the page, without the script")
  func table() throws {
    let page = try page(of: report(variant: "as-reported"))
    let rows = page.matches(of: /<tr id="1\.\d" data-point="(\d)"/).map { $0.1 }
    #expect(rows == ["0", "1", "2", "3", "4", "5"])
    #expect(page.contains("CPU0</span> kernel walker"))
    #expect(
      page.contains("After step 5 it is no longer true that a page that virtio-mem owns is on no"))
    #expect(page.contains("page0.<wbr>free_<wbr>list none → <b>pcp(0)</b>"))
  }

  @Test("style sheet, script and panel are those of the files")
  func files() throws {
    func text(_ name: String) throws -> String {
      try SourceFile(name, in: "Sources/Reporting/Web").text
    }
    let parts = try text("web-page.css").components(separatedBy: "/* narrow-trace.css */\n")
    #expect(parts.count == 3)
    let style = parts.joined(separator: try text("narrow-trace.css"))
    let page = try page(of: report(variant: "as-reported"))
    #expect(page.contains("<style>\n\(style)</style>"))
    #expect(page.contains("<script>\n\(try text("web-page.js"))</script>"))
    #expect(page.contains("</div>\n\(try text("panel.html"))</main>"))
  }

  @Test("every page of every variant is whole, asks for nothing and steps through its traces")
  func everyVariant() throws {
    for model in Model.all where model.name != "hotplug-lifecycle" {
      for variant in model.variants {
        let report = try report(model, variant: variant.name)
        let page = try page(of: report)
        #expect(page.firstMatch(of: /(src|href)="(?!#|data:)/) == nil, "\(variant.name)")
        let playbacks = try data(of: page)
        #expect(playbacks.count == report.outcome.findings.count)
        for (playback, finding) in zip(playbacks, report.outcome.findings) {
          let trace = finding.trace
          let points = try #require(playback["points"] as? [[String: Any]])
          #expect(points.count == trace.steps.count + trace.onward.count + trace.loop.count + 1)
          #expect((playback["loopsTo"] == nil) == trace.loop.isEmpty)
          let last = try #require(points.last?["sentence"] as? String)
          #expect(last.contains(finding.property) || report.outcome.verdict == .found(.deadlock))
          // At each point but the last, just one step is the one that the trace takes.
          for point in points.dropLast() {
            let options = try #require(point["options"] as? [[String: Any]])
            #expect(options.count { $0["isTaken"] as? Bool == true } == 1)
          }
        }
      }
    }
  }

  @Test("a step's prospect is what a search from there finds")
  func prospects() throws {
    let page = try page(of: report(variant: "as-reported"))
    let points = try #require(try data(of: page).first?["points"] as? [[String: Any]])
    func prospects(_ point: Int) throws -> [String] {
      try #require(points[point]["options"] as? [[String: Any]]).map { option in
        let prospect = try #require(option["prospect"] as? [String: String])
        return "\(option["actor"]!) \(option["step"]!): \(prospect["text"]!)"
      }
    }
    #expect(
      try prospects(2) == [
        "kernel walker page_ref_dec_and_test: nothing can go wrong from there",
        "virtio-mem page_ref_dec: can go wrong within 2 more steps",
      ])
    #expect(
      try prospects(4) == [
        "kernel walker free_unref_page: goes wrong at once: it is no longer true that a page that "
          + "virtio-mem owns is on no free list"
      ])
    #expect(try prospects(5).isEmpty)
  }

  @Test("what is to be reached and can't be is bad, and said")
  func lostGoal() throws {
    let page = try page(of: report(.memoryOffline, variant: "no-scan-check"))
    let playback = try #require(try data(of: page).first)
    #expect(playback["loopsTo"] as? Int == 2)
    let options = try #require(playback["points"] as? [[String: Any]])
      .flatMap { $0["options"] as? [[String: Any]] ?? [] }
    #expect(options.count >= 6)
    for option in options {
      #expect((option["prospect"] as? [String: String])?["kind"] == "bad")
    }
  }

  @Test("no name breaks out of the page or of the graph")
  func escaping() throws {
    let report = try report(Self.hostile, variant: "only")
    let page = try page(of: report)
    #expect(page.matches(of: /(?i)<\/script/).count == 2)
    #expect(page.matches(of: /(?i)<\/style/).count == 1)
    #expect(!page.contains("<i>") && !page.contains("<u>") && !page.contains("<!--"))
    let fields = try #require(try data(of: page).first?["fields"] as? [[String: Any]])
    #expect(fields.first?["name"] as? String == "x</script>\"\\")

    let dot = report.dot(graph(of: report))
    // Without its quoted strings nothing is left but plain DOT.
    let bare = dot.replacing(/"(\\.|[^"\\])*"/, with: "S")
    #expect(bare.wholeMatch(of: /[A-Za-z0-9_ \n\[\]{}=,.;>-]*/) != nil, "\(bare)")
  }

  @Test("pages and graphs are the same on any number of threads")
  func repeatable() throws {
    for variant in ["as-reported", "upstream-any-walker", "put-page-hook"] {
      let reports = try [1, 2, 4].map { try report(variant: variant, SearchOptions(threads: $0)) }
      #expect(Set(try reports.map(page)).count == 1)
      #expect(Set(reports.map { $0.dot(graph(of: $0)) }).count == 1)
    }
  }

  @Test("the graph has a node for each state, an edge for each step, and the trace in colour")
  func graph() throws {
    for variant in ["as-reported", "put-page-hook", "keep-reference", "upstream-any-walker"] {
      let report = try report(variant: variant)
      let graph = graph(of: report)
      let lines = report.dot(graph).split(separator: "\n")
      let edges = lines.filter { $0.contains(" -> s") }
      #expect(lines.count { $0.contains("tooltip=") } == graph.nodes.count)
      #expect(edges.count == graph.nodes.map(\.edges.count).reduce(0, +))
      if report.outcome.verdict == .holds {
        #expect(graph.nodes.count == report.outcome.statistics.states)
        #expect(edges.count == report.outcome.statistics.transitions)
      }
      let trace = report.outcome.findings.first?.trace
      let length = (trace?.steps.count ?? 0) + (trace?.onward.count ?? 0) + (trace?.loop.count ?? 0)
      #expect(edges.count { $0.contains("penwidth") } == length)
    }
  }

  @Test("a fault is a node of its own")
  func faultNode() throws {
    let model = Model(
      name: "fault", summary: "", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("counter", on: b.cpu()) { _ in
        for _ in 0..<2 { Step("up", .atomic(n)) { $0 += 1 } }
      }
    }
    let report = try report(model, variant: "only")
    let dot = report.dot(graph(of: report))
    #expect(dot.contains("f1_0_1 [label=\"'n' would become 2, outside 0 to 1\""))
    #expect(dot.contains("s1 -> f1_0_1 [label=\"counter\\nup\", color="))
    #expect(try page(of: report).contains("In this case &#39;n&#39; would become 2"))
  }
}
