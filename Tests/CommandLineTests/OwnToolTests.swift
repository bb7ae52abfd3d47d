import Foundation
import ModelChecking
import Models
import StraypageCLI
import Synchronization
import Testing

@Suite("A tool of one's own")
struct OwnToolTests {
  private static let model = Model(
    name: "two-steps", summary: "May the count be 2?", sources: [],
    bounds: [Bound("steps", "how many steps", default: 2, large: 3, in: 1...100)],
    variants: [
      Variant("as-it-is", "counts at once", source: "", expect: .holds, design: ()),
      Variant("slow", "counts later", source: "", expect: .holds, design: ()),
    ]
  ) { system, _, bounds in
    let count = system.field("count", .range(0...100), initially: 0)
    system.actor("counter", on: system.cpu()) { _ in
      for _ in 0..<bounds.values[0].value { Step("count", .atomic(count)) { $0 += 1 } }
    }
  }

  /// What a tool prints, run inside the test.
  private func output(
    _ tool: (Output) -> CommandLineTool, _ arguments: String...
  ) -> String {
    let text = Mutex("")
    let status = tool(
      Output(result: { part in text.withLock { $0 += part } }, error: { _ in })
    ).run(arguments)
    #expect(status == .asItShouldBe)
    return text.withLock { $0 }
  }

  private func plain(_ output: Output) -> CommandLineTool {
    CommandLineTool(
      name: "my-races", models: [Self.model], output: output, input: Input(echoes: true) { nil })
  }

  private func adorned(_ output: Output) -> CommandLineTool {
    CommandLineTool(
      name: "my-races", models: [Self.model], tagline: "counts to 2", version: "7.1",
      examples: [
        Example("check two-steps --large", "three steps"),
        Example("check two-steps --save-trace t.json", "keep it", of: "replay"),
      ], output: output, input: Input(echoes: true) { nil })
  }

  @Test("has its own name, version, tagline and examples, in help and manual")
  func identity() {
    #expect(output(plain, "--version") == "my-races\n")
    #expect(output(adorned, "--version") == "my-races 7.1\n")
    #expect(output(adorned, "version") == "my-races 7.1\n")
    #expect(output(adorned, "--help").hasPrefix("my-races: counts to 2.\n"))
    #expect(
      output(adorned, "--help").hasSuffix("  my-races list\n  my-races check two-steps --large\n"))
    #expect(output(adorned, "check", "--help").contains("  my-races check two-steps --large"))
    #expect(!output(adorned, "check", "--help").contains("two-steps --save-trace"))
    #expect(output(adorned, "replay", "--help").contains("my-races check two-steps --save-trace"))
    let manual = output(adorned, "man")
    #expect(manual.hasPrefix(".TH \"MY\\-RACES\" \"1\" \"\" \"my\\-races 7.1\""))
    #expect(manual.contains("\nmy\\-races \\- counts to 2\n"))
    #expect(manual.contains("\nMay the count be 2?\n"))
  }

  @Test("gets examples with its first model where it states none")
  func examples() {
    let check = output(plain, "check", "--help")
    #expect(check.contains(/\n  my-races check two-steps +counts at once\n/))
    #expect(check.contains("  my-races check two-steps --variant slow"))
    #expect(!output(plain, "matrix", "--help").contains("Examples:"))
    // Without any model there is still help.
    let empty: (Output) -> CommandLineTool = {
      CommandLineTool(name: "none", models: [], output: $0, input: Input(echoes: true) { nil })
    }
    #expect(output(empty, "--help").contains("First steps:\n  none list\n"))
    #expect(output(empty, "man").contains("\\fBnone\\fR"))
  }

  @Test("the examples that are made for a model can be run", arguments: Model.all)
  func runs(model: Model) {
    let tool = CommandLineTool(
      name: "my-races", models: [model], output: Output(result: { _ in }, error: { _ in }),
      input: Input(echoes: true) { nil })
    for name in ["list", "check", "simulate"] {
      let examples = Command.all.filter { $0.name == name }.flatMap(tool.examples)
      #expect(!examples.isEmpty)
      for example in examples {
        let status = tool.run(example.arguments.split(separator: " ").map(String.init))
        #expect(status != .badInput, "\(example.arguments)")
      }
    }
  }

  @Test("has nothing of this package in what it prints")
  func nothingOfOurs() {
    let commands = Command.all.map(\.name)
    let texts =
      [output(plain, "--help"), output(plain, "man")]
      + commands.map { output(plain, $0, "--help") }
      + ["bash", "zsh", "fish"].map { output(plain, "completion", $0) }
    for text in texts { #expect(Self.ours(in: text) == []) }
  }

  @Test("is made by sources that name no model, no driver and no program of this package")
  func sources() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Sources/StraypageCLI")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    )
    .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    #expect(files.count > 30)
    for file in files {
      // What a package imports is called so.
      let text = try String(contentsOf: file, encoding: .utf8).replacing("StraypageCLI", with: "")
      #expect(Self.ours(in: text) == [], "\(file.lastPathComponent)")
    }
  }

  /// The words of this package and its models that a text has.
  private static func ours(in text: String) -> [String] {
    let words =
      Model.all.map(\.name) + Model.all.flatMap { $0.pieces.map(\.name) }
      + ["straypage", "virtio", "kernel", "put_page", "walkers"]
    return words.filter { text.lowercased().contains($0) }
  }
}
