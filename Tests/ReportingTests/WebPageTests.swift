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
    try report.html(
      report.outcome.findings.map { AnnotatedTrace($0, of: report.system, mostPlaces: 40) })
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

  /// The data that the page's script gets, one for each finding.
  private func data(of page: String) throws -> [Recording] {
    let match = try #require(page.firstMatch(of: /<script type="application\/json" id="data">(.*)/))
    let end = try #require(match.1.range(of: "</script>"))
    return try JSONDecoder().decode(
      [Recording].self, from: Data(match.1[..<end.lowerBound].utf8))
  }

  /// As the script reads it.
  private struct Recording: Decodable {
    let fields: [Field]
    let values: [String]
    let steps: [Step]
    let effects: [Effect]
    let outlooks: [Outlook]
    let mishaps: [String]
    let places: [Place]
    let points: [Point]
    let loopsTo: Int?
    let consequence: String
    let foundAt: Int

    struct Field: Decodable { let name: String; let value: String; let isAsked: Bool }
    struct Step: Decodable { let actor: String; let name: String }
    struct Effect: Decodable { let step: Int; let changes: [[Int]]? }
    struct Outlook: Decodable { let kind: String; let ahead: String }
    struct Place: Decodable { let ways: [Int]?; let outlook: Int; let mishap: String? }
    struct Point: Decodable { let at: Int?; let by: Int?; let taken: Int? }

    /// The steps that can be taken at a place, with the place that each leads to.
    func ways(at place: Int) -> [(effect: Effect, target: Int)] {
      let ways = places[place].ways ?? []
      return stride(from: 0, to: ways.count, by: 2).map { (effects[ways[$0]], ways[$0 + 1]) }
    }

    /// The same at a point of the trace, in the page's words.
    func options(at point: Int) -> [String] {
      points[point].at.map { place in
        ways(at: place).map { effect, target in
          let ahead =
            target < 0
            ? "goes wrong: \(mishaps[-1 - target])" : outlooks[places[target].outlook].ahead
          return "\(steps[effect.step].actor) \(steps[effect.step].name): \(ahead)"
        }
      } ?? []
    }
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
      AnnotatedTrace($0, of: report.system, mostPlaces: 40, unless: { true })
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

  @Test("style sheet, script and panel are those of the files, and every file has its part")
  func files() throws {
    let page = try page(of: report(variant: "as-reported"))
    let files = try SourceFile.all(in: "Sources/Reporting/Web", ending: "")
      .filter { !$0.path.hasSuffix(".swift") }
    #expect(files.count > 10)
    let narrow = "/* narrow-trace.css */\n"
    for file in files {
      let parts = file.text.components(separatedBy: narrow)
      for part in parts { #expect(page.contains(part), "\(file.path)") }
      let isNarrow = file.path.hasSuffix("narrow-trace.css")
      let times = page.components(separatedBy: file.text).count - 1
      #expect(parts.count > 1 || times == (isNarrow ? 2 : 1), "\(file.path)")
    }
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
          let points = playback.points
          #expect(points.count == trace.steps.count + trace.onward.count + trace.loop.count + 1)
          #expect((playback.loopsTo == nil) == trace.loop.isEmpty)
          #expect(
            playback.consequence.contains(finding.property)
              || report.outcome.verdict == .found(.deadlock))
          #expect(playback.foundAt == trace.steps.count)
          // At each point but the last, the way that the trace takes leads to the next.
          for (point, next) in zip(points, points.dropFirst()) {
            let (place, taken) = (try #require(point.at), try #require(point.taken))
            let ways = playback.places[place].ways ?? []
            #expect(ways[2 * taken] == next.by)
            #expect(next.at.map { $0 == ways[2 * taken + 1] } ?? (ways[2 * taken + 1] < 0))
          }
        }
      }
    }
  }

  @Test("a step's prospect is what a search from there finds")
  func prospects() throws {
    let page = try page(of: report(variant: "as-reported"))
    let playback = try #require(try data(of: page).first)
    #expect(
      playback.options(at: 2) == [
        "kernel walker page_ref_dec_and_test: nothing can go wrong from there",
        "virtio-mem page_ref_dec: can go wrong within 2 more steps",
      ])
    #expect(
      playback.options(at: 4) == [
        "kernel walker free_unref_page: goes wrong at once: it is no longer true that a page that "
          + "virtio-mem owns is on no free list"
      ])
    #expect(playback.options(at: 5).isEmpty)
  }

  @Test("whoever takes the steps of a page's places comes to the states of a walk")
  func walks() throws {
    for variant in ["as-reported", "upstream-any-walker", "keep-reference"] {
      let report = try report(variant: variant)
      for playback in try data(of: page(of: report)) {
        var (ways, reached) = (0, [0: Walk(report.system)])
        for place in playback.places.indices {
          guard let walk = reached[place], playback.places[place].ways?.isEmpty == false else {
            continue
          }
          #expect(playback.ways(at: place).count == walk.enabled.count)
          for (way, option) in zip(playback.ways(at: place), walk.enabled) {
            let changes = (way.effect.changes ?? []).map { change in
              [playback.fields[change[0]].name] + change.dropFirst().map { playback.values[$0] }
            }
            #expect(changes == option.step.changes.map { [$0.field, $0.before, $0.after] })
            ways += 1
            var next = walk
            _ = next.take(option.step.move)
            if way.target >= 0, reached[way.target] == nil { reached[way.target] = next }
          }
        }
        #expect(ways > 5)
      }
    }
  }

  @Test("what the property looks at is marked, for it comes first")
  func asked() throws {
    let page = try page(of: report(variant: "as-reported"))
    let playback = try #require(try data(of: page).first)
    let asked = playback.fields.filter(\.isAsked).map(\.name)
    #expect(asked.contains("page0.free_list") && asked.count < playback.fields.count)
  }

  @Test("what is to be reached and can't be is bad, and said")
  func lostGoal() throws {
    let page = try page(of: report(.memoryOffline, variant: "no-scan-check"))
    let playback = try #require(try data(of: page).first)
    #expect(playback.loopsTo == 2)
    let options = playback.points.indices.flatMap { playback.options(at: $0) }
    #expect(options.count >= 6)
    #expect(options.allSatisfy { $0.hasSuffix("the goal is out of reach from there") })
  }

  @Test("a stretch in which actors don't meet can be folded, and each step of it is there")
  func folds() throws {
    let page = try page(of: report(Self.longTrace(30), variant: "v"))
    let fold = try #require(
      page.firstMatch(of: /<tr class="fold" data-fold="(\d+)" hidden>.*>\.\.\. (\d+) steps/))
    let (first, count) = (try #require(Int(fold.1)), try #require(Int(fold.2)))
    let folded = page.matches(of: /data-point="(\d+)"[^>]* data-in="(\d+)"/)
    #expect(folded.compactMap { Int($0.1) } == Array(first..<first + count))
    #expect(folded.allSatisfy { $0.2 == fold.1 } && count > 10)
  }

  @Test("a name that doesn't fit into its lane goes on over others, and none is broken")
  func lanes() {
    func lanes(_ count: Int, _ name: String = "cpu") -> WebLanes {
      WebLanes(lanes: (0..<count).map { TraceTable.Lane(actor: name, cpu: $0) })
    }
    typealias Extent = WebLanes.Extent
    #expect(lanes(2).extent(of: 20, in: 0) == Extent(lanes: 0...0, isLeft: false))
    #expect(lanes(2).extent(of: 40, in: 0) == Extent(lanes: 0...1, isLeft: false))
    #expect(lanes(2).extent(of: 40, in: 1) == Extent(lanes: 0...1, isLeft: true))
    #expect(lanes(4).extent(of: 21, in: 1) == Extent(lanes: 1...2, isLeft: false))
    #expect(lanes(4).extent(of: 21, in: 3) == Extent(lanes: 1...3, isLeft: true))
    #expect(lanes(6).extent(of: 60, in: 5) == Extent(lanes: 0...5, isLeft: true))
    #expect(!lanes(6).isCrowded && lanes(7).isCrowded)
    #expect(lanes(4, "a_name_of_a_long_actor").isCrowded && !lanes(4, "some long actor").isCrowded)
  }

  @Test("a page of what holds tells what was checked, and draws how many states each depth has")
  func account() throws {
    let report = try report(variant: "put-page-hook")
    let page = try page(of: report)
    for line in try #require(report.proof).lines {
      #expect(page.contains("<li>\(line.asHTML)</li>"))
    }
    let figures = report.outcome.statistics
    #expect(page.contains("<td>\(figures.transitions.grouped)</td>"))
    let rows = page.matches(of: /<tr><th scope="row">(\d+)<\/th><td>([\d,]+)<\/td><\/tr>/)
    #expect(rows.map { String($0.2) } == figures.levels.map(\.grouped))
    #expect(figures.levels.reduce(0, +) == figures.states && figures.levels.count > 3)
    let curve = try #require(page.firstMatch(of: /class="curve" d="M([^"]*)"/))
    #expect(curve.1.split(separator: "L").count == figures.levels.count)
  }

  @Test("a page of a search that was cut short tells what was tried, and claims nothing")
  func cutShort() throws {
    let report = try report(
      .pageChurn, variant: Model.pageChurn.variants[0].name,
      settings: ["pages": 4, "walkers": 4], SearchOptions(seconds: 0.05))
    let page = try page(of: report)
    #expect(report.isInconclusive && page.contains("INCONCLUSIVE"))
    #expect(page.contains(try #require(report.partialProof).asHTML))
    #expect(page.contains("Not shown, as not all was visited:") && !page.contains("Shown under"))
  }

  @Test("a curve has a point for each level, or for each pixel where there are more")
  func curve() {
    #expect(
      WebProfile([1, 3, 2]).html.contains("class=\"curve\" d=\"M0 106L320 2L640 54\""))
    let long = WebProfile(Array(repeating: 1, count: 2000) + [Int.max / 2]).html
    #expect(long.contains("L640 2\"") && long.matches(of: /L/).count < 1400)
  }

  @Test("no name breaks out of the page or of the graph")
  func escaping() throws {
    let report = try report(Self.hostile, variant: "only")
    let page = try page(of: report)
    #expect(page.matches(of: /(?i)<\/script/).count == 2)
    #expect(page.matches(of: /(?i)<\/style/).count == 1)
    #expect(!page.contains("<i>") && !page.contains("<u>") && !page.contains("<!--"))
    let playback = try #require(try data(of: page).first)
    #expect(playback.fields.first?.name == "x</script>\"\\")

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
