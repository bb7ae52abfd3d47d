import Foundation
import ModelChecking
import Testing

/// Names may hold anything. They are looked up and saved as they are, and cleaned where they are drawn.
@Suite("Names that hold control characters")
struct NamesTests {
  /// What a terminal, a workflow, or the form of a file would obey; joined and reordered text.
  static let odd =
    "a\u{0}\u{7}\u{1B}[2J\u{9B}1m\r\n::error::b\u{202E}c\u{7F} "
    + "\u{1F469}\u{200D}\u{1F467}\u{2028}d&lt;\"\\"

  static let model = Model(
    name: "model \(odd)", summary: "summary \(odd)", sources: ["source \(odd)"],
    bounds: [Bound("bound \(odd)", "bound \(odd)", default: 1, large: 2, in: 1...2)],
    variants: [
      Variant("first", "", source: "", expect: .holds, design: false),
      Variant(
        "variant \(odd)", odd, source: odd, expect: .violated("invariant \(odd)", steps: 1),
        design: false),
    ],
    pieces: [Piece("piece \(odd)", odd, source: odd, without: { $0 = true })]
  ) { system, _, _ in
    let field = system.field("field \(odd)", .flag, initially: false)
    system.actor("actor \(odd)", on: system.cpu()) { _ in
      Call("call \(odd)") { Step("step \(odd)", .atomic(field)) { $0 = true } }
    }
    system.invariant("invariant \(odd)") { s in !s[field] }
    system.goal("goal \(odd)") { s in s[field] }
  }

  private func run(
    _ arguments: String..., input: [String] = [], environment: [String: String] = [:]
  ) -> CommandLineTests.Result {
    CommandLineTests.run(
      arguments, input: input, models: [Self.model], environment: environment)
  }

  /// What may not reach a terminal as it is, line ends apart.
  private func unseen(in text: String) -> [UInt32] {
    text.unicodeScalars.filter { $0 != "\n" && $0.isUnseen }.map(\.value)
  }

  @Test("no text, JSON, page, graph, manual or error has them, and no line begins with a command")
  func drawn() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String) -> String { folder.appending(path: name).path }
    let (name, variant) = (Self.model.name, Self.model.variants[1].name)
    let piece = Self.model.pieces[0].name
    let results = [
      run("list"), run("list", name), run("man"), run("--help"), run("check", "--help"),
      run(
        "check", name, "--variant", variant, "--html", file("page"), "--graph", file("graph"),
        "--save-trace", file("trace")),
      run("check", name, "--variant", variant, "--format", "json"),
      run("check", name, "--variant", variant, "--color", "never", "--full"),
      run("matrix", name, "--variant", variant), run("matrix", name, "--pieces", piece),
      run("matrix", name, "--format", "json"),
      run("simulate", name, "--variant", variant, "--walks", "3"),
      run("simulate", name, "--interactive", input: ["1", "s", "t", "1\(Self.odd)", "r"]),
      run("gate", "--junit", file("junit"), "--sarif", file("sarif"), "--json", file("json")),
      run("replay", file("trace")), run("replay", file("none\(Self.odd)")),
      run("check", Self.odd), run("check", name, "--variant", Self.odd), run(Self.odd),
      run("check", name, "--set", Self.odd), run("check", name, "--width", Self.odd),
      run("gate", "--only", Self.odd), run("--\(Self.odd)"),
      run("check", name, "--output", "/\(Self.odd)/x"),
      run("complete", "--", "check", ""),
    ]
    for (number, result) in results.enumerated() {
      for text in [result.output, result.error] {
        #expect(unseen(in: text) == [], "\(number)")
        #expect(!text.contains("\n::"), "\(number)")
      }
    }
    for name in ["page", "graph", "trace", "junit", "sarif", "json"] {
      #expect(unseen(in: try String(contentsOfFile: file(name), encoding: .utf8)) == [], "\(name)")
    }
    // Told, and not only left out.
    #expect(results[1].output.contains("variant a??"))
    #expect(results[5].status == .violated)
  }

  @Test("a saved trace of such names goes again as it was, on the command line and by hand")
  func replayed() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let variant = Self.model.variants[1].name
    #expect(
      run("check", Self.model.name, "--variant", variant, "--save-trace", path).status == .violated)
    let replay = run("replay", path)
    #expect(replay.status == .asItShouldBe, "\(replay.output)\(replay.error)")
    #expect(replay.output.contains("AS SAVED, "))
    #expect(
      run("simulate", Self.model.name, "--interactive", input: ["1", "w \(path)"]).output
        .contains("saved 1 step"))
    #expect(run("replay", path).status == .asItShouldBe)
  }

  @Test("on GitHub no line is taken for a command but the annotations")
  func workflow() {
    let github = ["GITHUB_ACTIONS": "true"]
    let lines = run("gate", environment: github).output.split(separator: "\n")
    let commands = lines.filter { $0.drop { $0 == " " }.hasPrefix("::") }
    #expect(commands.count == 1)
    for command in commands {
      #expect(command.hasPrefix("::error file=") && command.contains("%0A::error"))
    }
    // Also where a line was broken just before it.
    let model = Model(
      name: "m", summary: "::error::x", sources: ["::error::x"], bounds: [],
      variants: [Variant("v", "::error::y ##[error]z", source: "", expect: .holds, design: ())]
    ) { system, _, _ in
      let field = system.field("f", .flag, initially: false)
      system.actor("a", on: system.cpu()) { _ in Step("s", .load(field)) { _, _ in } }
    }
    let list = CommandLineTests.run(["list", "m"], models: [model], environment: github).output
    #expect(!list.contains(/(?m)^ *::/) && !list.contains("##["))
    #expect(list.contains(": :error::y"))
  }
}
