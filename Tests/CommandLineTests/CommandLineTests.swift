import Foundation
import ModelChecking
import Models
import StraypageCLI
import Synchronization
import Testing

@Suite("The command line")
struct CommandLineTests {
  /// What a command line did, run inside the test.
  struct Result {
    let status: StraypageCLI.ExitStatus
    let output: String
    let error: String
  }

  static func run(
    _ arguments: [String], input lines: [String] = [], models: [Model] = Model.all,
    on terminal: Terminal? = nil, environment: [String: String] = [:]
  ) -> Result {
    let texts = Mutex((output: "", error: ""))
    let input = Mutex(lines[...])
    let status = CommandLineTool(
      name: "straypage", models: models,
      output: Output(
        result: { text in texts.withLock { $0.output += text } },
        error: { text in texts.withLock { $0.error += text } }, terminal: terminal),
      input: Input(echoes: true) { input.withLock { $0.popFirst() } }, environment: environment
    ).run(arguments)
    return texts.withLock { Result(status: status, output: $0.output, error: $0.error) }
  }

  private static let modelNames = Model.all.map(\.name).joined(separator: ", ")

  /// Each kind of wrong command line, with the one error it must give.
  static let badInputs: [(arguments: String, error: String)] = [
    (
      "",
      "a command is missing; list, check, matrix, mutate, sweep, gate, merge, replay, simulate, new, "
        + "explain, completion, man, install"
    ),
    ("chekc put-page-race", "there is no command 'chekc'; did you mean 'check'?"),
    ("--versoin", "there is no option '--versoin'; did you mean '--version'?"),
    ("check", "'check' needs MODEL"),
    (
      "check put-page-race --data-races --memory-model tso",
      "'--data-races' is judged under sc and lkmm, not under tso"
    ),
    ("check put-page-rcae", "there is no model 'put-page-rcae'; did you mean 'put-page-race'?"),
    ("check zzz", "there is no model 'zzz'; there is: \(modelNames)"),
    ("list nothing-here", "there is no model 'nothing-here'; there is: \(modelNames)"),
    (
      "check put-page-race page-churn",
      "'page-churn' is one argument too many after 'put-page-race'"
    ),
    (
      "check put-page-race --variant put-page-hok",
      "model 'put-page-race' has no variant 'put-page-hok'; did you mean 'put-page-hook'?"
    ),
    (
      "check put-page-race --varient x",
      "'check' has no option '--varient'; did you mean '--variant'?"
    ),
    ("check put-page-race --variant", "option '--variant' needs NAME"),
    ("check put-page-race --variant=", "option '--variant' needs NAME"),
    ("check put-page-race --variant --large", "option '--variant' needs NAME"),
    (
      "check put-page-race --variant as-reported --variant put-page-hook",
      "option '--variant' is given twice"
    ),
    ("check put-page-race --reference=yes", "option '--reference' takes no value"),
    (
      "check put-page-race --without put-page-hok",
      "model 'put-page-race' has no piece 'put-page-hok'; did you mean 'put-page-hook'?"
    ),
    (
      "check put-page-race --without put-page-hook,put-page-hook",
      "piece 'put-page-hook' is named twice"
    ),
    ("check put-page-race --set pages", "--set needs BOUND=N, such as pages=1, not 'pages'"),
    (
      "check put-page-race --set pagse=2",
      "model 'put-page-race' has no bound 'pagse'; did you mean 'pages'?"
    ),
    (
      "check put-page-race --set pages=two",
      "bound 'pages' of model 'put-page-race' must be a whole number from 1 to 4, not 'two'"
    ),
    (
      "check put-page-race --set pages=0",
      "bound 'pages' of model 'put-page-race' is 0, but must be from 1 to 4"
    ),
    (
      "check put-page-race --set pages=-1",
      "bound 'pages' of model 'put-page-race' is -1, but must be from 1 to 4"
    ),
    (
      "check put-page-race --set pages=99999999999999999999",
      "bound 'pages' of model 'put-page-race' must be a whole number from 1 to 4, "
        + "and '99999999999999999999' is far outside"
    ),
    (
      "check put-page-race --set pages=1 --set pages=2", "bound 'pages' is set twice, to 1 and to 2"
    ),
    ("check put-page-race --threads 0", "--threads is 0, but must be from 1 to 256"),
    (
      "check put-page-race --threads many",
      "--threads must be a whole number from 1 to 256, not 'many'"
    ),
    (
      "check put-page-race --memory 64",
      "--memory must be a number with a unit, such as 512M or 8G, not '64'"
    ),
    ("check put-page-race --memory 0M", "--memory must be more than 0, not '0M'"),
    ("check put-page-race --memory 99999999T", "--memory is '99999999T', which is far too much"),
    (
      "check put-page-race --memory 1M --threads 2",
      "a memory limit of 1 MB is too small to search in; with up to 8 threads it must be at least 28 MB"
    ),
    (
      "check put-page-race --time soon",
      "--time must be a number with a unit, such as 30s or 5m, not 'soon'"
    ),
    (
      "check put-page-race --time -5s",
      "--time must be a number with a unit, such as 30s or 5m, not '-5s'"
    ),
    (
      "check put-page-race --format jsn", "'--format' has no choice 'jsn'; did you mean 'json'?"
    ),
    (
      "check put-page-race --reference --threads 2",
      "'--threads' contradicts '--reference': the reference search runs on one thread and keeps no "
        + "memory limit"
    ),
    ("check put-page-race --width 59", "--width is 59, but must be from 60 to 400"),
    (
      "check put-page-race --width wide",
      "--width must be 'terminal' or a whole number from 60 to 400, not 'wide'"
    ),
    (
      "check put-page-race --color alwyas",
      "'--color' has no choice 'alwyas'; did you mean 'always'?"
    ),
    (
      "check put-page-race --format json --full",
      "'--full' is about text, and '--format json' is not"
    ),
    (
      "check put-page-race --format changelog --ascii",
      "a changelog is plain ASCII, and takes no '--ascii'"
    ),
    (
      "check put-page-race --format itf --width 80",
      "'--width' is about text, and '--format itf' is not"
    ),
    (
      "gate put-page-race --format ktap --width 80",
      "'--width' is about text, and '--format ktap' is not"
    ),
    (
      "check put-page-race --output /no/such/folder/report.txt",
      "the file '/no/such/folder/report.txt' can't be written: there is no folder '/no/such/folder'"
    ),
    (
      "check put-page-race --save-trace /no/such/folder/race.json",
      "the file '/no/such/folder/race.json' can't be written: there is no folder '/no/such/folder'"
    ),
    (
      "check put-page-race --output /tmp/../race.json --save-trace /race.json",
      "'--output' and '--save-trace' name the same file, '/race.json'"
    ),
    (
      "check put-page-race --html /no/such/folder/page.html",
      "the file '/no/such/folder/page.html' can't be written: there is no folder '/no/such/folder'"
    ),
    (
      "check put-page-race --graph /no/such/folder/graph.dot",
      "the file '/no/such/folder/graph.dot' can't be written: there is no folder '/no/such/folder'"
    ),
    ("check put-page-race --html", "option '--html' needs FILE"),
    (
      "check put-page-race --html -", "'-' is no file; '/dev/stdout' is standard output"
    ),
    (
      "check put-page-race --save-trace put-page.race",
      "'put-page.race' is the name of a race file, and no place for a report"
    ),
    (
      "check page-churn --graph graph.dot",
      "--graph draws at most 500 states, and here are more; smaller bounds (--set) make fewer, "
        + "and --html shows a trace of any size"
    ),
    (
      "check put-page-race --html same --graph ./same",
      "'--html' and '--graph' name the same file, './same'"
    ),
    ("replay", "'replay' needs FILE"),
    ("replay /no/such/race.json", "there is no file '/no/such/race.json'"),
    ("replay /tmp", "'/tmp' is a folder"),
    ("replay /dev/null", "'/dev/null' is no ordinary file"),
    ("replay /dev/zero", "'/dev/zero' is no ordinary file"),
    ("simulate", "'simulate' needs MODEL"),
    (
      "simulate put-page-race --seed -1",
      "--seed is -1, but must be from 0 to 9223372036854775807"
    ),
    ("simulate put-page-race --walks 0", "--walks is 0, but must be from 1 to 1000000000"),
    ("simulate put-page-race --depth 0", "--depth is 0, but must be from 1 to 1000000"),
    (
      "simulate put-page-race --interactive --walks 3",
      "'--walks' contradicts '--interactive', which takes one walk by hand"
    ),
    ("gate put-page-rcae", "there is no model 'put-page-rcae'; did you mean 'put-page-race'?"),
    (
      "gate put-page-race nothing-here",
      "there is no model 'nothing-here'; there is: \(modelNames)"
    ),
    (
      "gate --only put-page-rcae",
      "there is no model 'put-page-rcae'; did you mean 'put-page-race'?"
    ),
    (
      "gate --except put-page-race/put-page-hok",
      "model 'put-page-race' has no variant 'put-page-hok'; did you mean 'put-page-hook'?"
    ),
    (
      "gate --only *e/fixd",
      "there is no variant 'fixd'; did you mean 'fixed'?"
    ),
    ("gate --only zzz*", "there is no model 'zzz*'; there is: \(modelNames)"),
    ("gate --only", "option '--only' needs PATTERN"),
    ("gate --except *", "no variant is left by '--only' and '--except'"),
    ("gate page-churn --except page-churn", "no variant is left by '--only' and '--except'"),
    ("gate --exept page-churn", "'gate' has no option '--exept'; did you mean '--except'?"),
    (
      "gate --budget soon",
      "--budget must be a time, a size or both, such as 60s, 4G or 60s,4G, not 'soon'"
    ),
    (
      "gate --budget 60s,5m",
      "--budget must be a time, a size or both, such as 60s, 4G or 60s,4G, not '60s,5m'"
    ),
    (
      "gate --budget 60s,",
      "--budget must be a time, a size or both, such as 60s, 4G or 60s,4G, not '60s,'"
    ),
    (
      "gate --budget 5M",
      "a budget of 5 MB of memory is too small; it must be at least 64 MB"
    ),
    ("gate --budget 0s", "--budget must be more than 0, not '0s'"),
    ("gate --junit a --json ./a", "'--junit' and '--json' name the same file, './a'"),
    (
      "gate --sarif /no/such/folder/x",
      "the file '/no/such/folder/x' can't be written: there is no folder '/no/such/folder'"
    ),
    ("man page", "'man' takes no argument, and here is 'page'"),
    ("completion", "'completion' needs SHELL"),
    ("completion bahs", "'completion' has no choice 'bahs'; did you mean 'bash'?"),
    ("matrix", "'matrix' needs MODEL"),
    (
      "matrix page-churn",
      "model 'page-churn' declares no pieces of a fix; these do: "
        + Model.all.filter { !$0.pieces.isEmpty }.map(\.name).joined(separator: ", ")
    ),
    (
      "matrix pcp-isolation --pieces forced-drian",
      "model 'pcp-isolation' has no piece 'forced-drian'; did you mean 'forced-drain'?"
    ),
    (
      "matrix pcp-isolation --pieces forced-drain,second-read,forced-drain",
      "piece 'forced-drain' is named twice"
    ),
    (
      "matrix pcp-isolation --variant every-pieces",
      "model 'pcp-isolation' has no variant 'every-pieces'; did you mean 'every-piece'?"
    ),
    (
      "matrix pcp-isolation --format jsn", "'--format' has no choice 'jsn'; did you mean 'json'?"
    ),
    (
      "matrix pcp-isolation --output /no/such/folder/report.txt",
      "the file '/no/such/folder/report.txt' can't be written: there is no folder '/no/such/folder'"
    ),
    (
      "matrix pcp-isolation --memory 1M --threads 1",
      "a memory limit of 1 MB is too small to search in; with up to 8 threads it must be at least 28 MB"
    ),
  ]

  @Test("wrong input gets one clear error and status 2", arguments: badInputs.indices)
  func badInput(index: Int) {
    let (arguments, error) = Self.badInputs[index]
    let result = Self.run(arguments.split(separator: " ").map(String.init))
    #expect(result.status == .badInput)
    #expect(result.output == "")
    #expect(result.error.split(separator: "\n").first.map(String.init) == "straypage: \(error)")
    #expect(result.error.split(separator: "\n").count == 2)
  }

  @Test("a trace alone goes to standard output; where there is none, that is said beside it")
  func traceAlone() {
    for format in ["changelog", "mermaid", "itf"] {
      let found = Self.run(["check", "put-page-race", "--format", format])
      #expect(found.status == .violated && !found.output.isEmpty && found.error == "")
      #expect(!found.output.contains("Again:"))
      let none = Self.run(
        ["check", "put-page-race", "--variant", "put-page-hook", "--format", format])
      #expect(none.status == .asItShouldBe && none.output == "")
      #expect(
        none.error
          == "straypage: HOLDS: every reachable state was visited and every property is true in "
          + "it. There is no trace.\n")
    }
    let gate = Self.run(["gate", "put-page-race", "--format", "ktap"])
    #expect(gate.status == .asItShouldBe)
    #expect(gate.output.hasPrefix("KTAP version 1\n1..1\n  KTAP version 1\n"))
    #expect(gate.output.contains("\nok 1 put-page-race\n# Totals: pass:34 fail:0 "))
  }

  @Test("the exit status says what was found")
  func exitStatus() {
    #expect(Self.run(["check", "put-page-race"]).status == .violated)
    #expect(
      Self.run(["check", "put-page-race", "--variant", "put-page-hook"]).status == .asItShouldBe)
    #expect(
      Self.run(["check", "put-page-race", "--variant", "keep-reference"]).status == .violated)
    #expect(
      Self.run(["check", "page-churn", "--set", "pages=4", "--set", "walkers=4", "--time", "50ms"])
        .status
        == .inconclusive)
  }

  /// A report without what is measured: seconds, the peak of memory, and what the store took, which
  /// depends on when it had to grow.
  static func withoutTiming(_ text: String) -> String {
    text.replacing(/\n[0-9.]+ s, [^\n]*\n/, with: "\n")
      .replacing(/\n  "(seconds|peakBytes|storedBytes)"[^\n]*/, with: "")
  }

  @Test(
    "the report is the same on every run and any number of threads", arguments: ["text", "json"])
  func repeatable(format: String) {
    for model in Model.all {
      // Each variant in one format.
      for (number, variant) in model.variants.enumerated()
      where (number % 2 == 0) == (format == "text") {
        let reports = ["1", "1", "4"].map {
          let check = ["check", model.name, "--variant", variant.name, "--format", format]
          return Self.withoutTiming(Self.run(check + ["--threads", $0]).output)
        }
        #expect(!reports[0].isEmpty && !reports[0].contains("seconds\""))
        #expect(Set(reports).count == 1, "\(model.name) \(variant.name)")
      }
    }
  }

  @Test("the reference search reports the same trace")
  func reference() {
    let fast = Self.run(["check", "put-page-race"]).output
    let reference = Self.run(["check", "put-page-race", "--reference"]).output
      .replacing(" --reference", with: "")
    #expect(Self.withoutTiming(fast) == Self.withoutTiming(reference))
  }

  @Test("list shows every model, and of one every variant, bound and source")
  func list() {
    let all = Self.run(["list"])
    #expect(all.status == .asItShouldBe)
    for model in Model.all {
      #expect(all.output.contains("\(model.name) "))
      let one = Self.run(["list", model.name]).output
      let names = [model.variants.map(\.name), model.bounds.map(\.name), model.pieces.map(\.name)]
      for name in names.joined() + model.sources {
        #expect(one.contains(name))
      }
    }
  }

  @Test("--html and --graph write a page and a graph beside the report, whatever the verdict")
  func pageAndGraph() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "straypage-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appending(path: "page.html").path
    let graph = folder.appending(path: "graph.dot").path
    for variant in ["as-reported", "put-page-hook", "keep-reference"] {
      let check = ["check", "put-page-race", "--variant", variant]
      let plain = Self.run(check)
      let result = Self.run(check + ["--html", page, "--graph", graph])
      #expect(result.status == plain.status)
      #expect(Self.withoutTiming(result.output) == Self.withoutTiming(plain.output))
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
      #expect(html.contains(variant))
      let dot = try String(contentsOfFile: graph, encoding: .utf8)
      #expect(dot.hasPrefix("digraph \"put-page-race \(variant) ") && dot.hasSuffix("}\n"))
    }
  }

  @Test("a graph that is refused leaves no file behind")
  func refusedGraph() {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).dot").path
    #expect(Self.run(["check", "page-churn", "--graph", path]).status == .badInput)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("--output writes the report to a file and prints nothing")
  func outputFile() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(repeating: 65, count: 100_000).write(to: URL(filePath: path))
    let result = Self.run(["check", "put-page-race", "--output", path])
    #expect(result.status == .violated)
    #expect(result.output == "")
    let written = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      Self.withoutTiming(written)
        == Self.withoutTiming(Self.run(["check", "put-page-race"]).output))
  }
}
