import ModelChecking
import Models
import Testing

@Suite("Commands beside a broken model")
struct BrokenModelTests {
  private static func model(_ name: String, fix: String? = nil) -> Model {
    Model(
      name: name, summary: "counts", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: 0)], fix: fix
    ) { b, _, _ in
      b.actor("a", on: b.cpu()) { _ in Step("set") }
    }
  }

  private func run(_ arguments: String...) -> CommandLineTests.Result {
    CommandLineTests.run(
      arguments,
      models: [
        Self.model("good"), Self.model("misspelt", fix: "onli"), Self.model("twice"),
        Self.model("twice"),
      ])
  }

  private let problem =
    "model 'misspelt' is broken: its fix: there is no variant 'onli'; did you mean 'only'?"

  @Test("list marks it")
  func list() {
    let result = run("list")
    #expect(result.status == .badInput)
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(lines[0] == "good      counts")
    #expect(
      lines[1] == "misspelt  BROKEN: its fix: there is no variant 'onli'; did you mean 'only'?")
    let line = Self.model("twice").declaration
    #expect(lines[2] == "twice     BROKEN: 2 models have this name, at \(line), \(line)")
    #expect(run("list", "misspelt").error.contains(problem))
  }

  @Test("whatever asks for it is told, and the others work")
  func others() {
    for command in ["check", "simulate"] {
      let result = run(command, "misspelt")
      #expect(result.status == .badInput)
      #expect(result.error.contains(problem))
    }
    #expect(run("check", "good").status == .asItShouldBe)
    #expect(run("check", "twice").status == .badInput)
    let gate = run("gate")
    #expect(gate.status == .badInput)
    #expect(gate.output.contains("4 variants: 1 as expected, 3 error\n"))
    #expect(run("gate", "good").status == .asItShouldBe)
  }
}
