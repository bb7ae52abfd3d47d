import Foundation
import ModelChecking
import Models
import StraypageCLI
import TestSupport
import Testing

@Suite("The documentation")
struct DocsTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// README.md, and the pages in Docs and its folders.
  static let pages =
    ["README.md"]
    + ((try? FileManager.default.subpathsOfDirectory(
      atPath: root.appending(path: "Docs").path)) ?? [])
    .filter { $0.hasSuffix(".md") }.sorted().map { "Docs/\($0)" }

  private func text(of page: String) throws -> String {
    try String(contentsOf: Self.root.appending(path: page), encoding: .utf8)
  }

  @Test("shows what the commands really print", arguments: pages)
  func commands(page: String) throws {
    let blocks = try text(of: page).matches(
      of: /```\n\$ straypage ([^\n]*)\n(.*?)```/.dotMatchesNewlines())
    if page == "README.md" { #expect(blocks.count >= 2) }
    for block in blocks {
      let arguments = block.1.split(separator: " ").map(String.init)
      // What a person types is shown after the prompt.
      let lines = block.2.split(separator: "\n").filter { $0.hasPrefix("> ") }
        .map { String($0.dropFirst(2)) }
      let printed = CommandLineTests.run(arguments, input: lines).output
      #expect(
        CommandLineTests.withoutTiming(String(block.2)) == CommandLineTests.withoutTiming(printed),
        "\(page): straypage \(block.1)")
    }
  }

  @Test("links to files that are there", arguments: pages)
  func links(page: String) throws {
    let folder = Self.root.appending(path: page).deletingLastPathComponent()
    for link in try text(of: page).matches(of: /\]\(([^)#:]+)\)/) {
      #expect(
        FileManager.default.fileExists(atPath: folder.appending(path: String(link.1)).path),
        "\(page): \(link.1)")
    }
  }

  @Test("lists every option of every command")
  func options() throws {
    let page = try text(of: "Docs/CommandLine.md")
    for command in Command.all {
      for option in command.options {
        #expect(page.contains("`\(option.name)"), "\(command.name) \(option.name)")
      }
    }
  }

  @Test("shows what a replay prints, and names every member of a saved trace")
  func savedTraces() throws {
    let page = try text(of: "Docs/SavedTraces.md")
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = CommandLineTests.run(["check", "put-page-race", "--save-trace", path])
    #expect(page.contains("```\n\(CommandLineTests.run(["replay", path]).output)```"))
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
    let members = try #require(file as? [String: Any])
    let step = try #require((members["steps"] as? [[String: Any]])?.first)
    for name in Array(members.keys) + Array(step.keys) {
      #expect(page.contains("`\(name)`"), "\(name)")
    }
  }

  @Test("tells of each model what its variants are expected to show", arguments: Model.all)
  func variants(model: Model) throws {
    let page = try text(of: "Docs/Models.md")
    for variant in model.variants {
      let row =
        "| `\(variant.name)` | \(variant.summary) | \(variant.source) | \(variant.expected) |"
      #expect(page.contains("\n\(row)\n"), "run Docs/make-tables: \(row)")
    }
  }

  @Test(
    "tells what variants come to under each memory model of which they state it",
    arguments: Model.all)
  func machines(model: Model) throws {
    let page = try text(of: "Docs/Machines.md")
    guard let heading = page.range(of: "\n## \(model.name)\n") else {
      #expect(
        model.variants.allSatisfy { $0.expectedUnder.isEmpty }, "add it to Docs/make-tables")
      return
    }
    let rows = page[heading.upperBound...].prefix { $0 != "#" }.split(separator: "\n")
    for variant in model.variants {
      let row = try #require(
        rows.first { $0.hasPrefix("| `\(variant.name)` |") }, "run Docs/make-tables")
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      for (place, machine) in MemoryModel.allCases.enumerated() {
        guard let expected = variant.expected(under: machine) else { continue }
        let steps = expected.steps.map { ", \($0)" } ?? ""
        #expect(cells[1 + 3 * place] == expected.verdict.name + steps, "\(variant.name)")
      }
    }
  }

  /// What Docs/Mutations.md has of a model: the variants, and their mistakes, killed, explained, nothing
  /// new, survived, not built.
  private func mutationRows(of model: Model) throws -> [(variant: String, counts: [Int])] {
    try text(of: "Docs/Mutations.md").matches(
      of: /\| `([a-z0-9-]+)\/([a-z0-9-]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|/
    ).filter { $0.1 == model.name }.map {
      (String($0.2), [$0.3, $0.4, $0.5, $0.6, $0.7, $0.8].compactMap { Int($0) })
    }
  }

  @Test("tells what became of every small mistake in what holds", arguments: Model.all)
  func mutations(model: Model) throws {
    let rows = try mutationRows(of: model)
    #expect(
      rows.map(\.variant) == model.variants.filter { $0.expected == .holds }.map(\.name),
      "run Docs/make-tables")
    let counts = try DocumentedCounts.ofVariants(of: model)
    for row in rows {
      let configuration = try Configuration(model, variant: row.variant)
      // What takes long was looked at when the table was made.
      if try #require(counts[row.variant]).states > 1_000 { continue }
      let run = try configuration.mutationRun(SearchOptions(threads: 2))
      let names = ["killed", "explained", "nothing new", "survived", "not built"]
      #expect(
        [run.mutants.count] + names.map(run.count) == row.counts,
        "run Docs/make-tables: \(configuration.variantName)")
    }
  }

  @Test("shows a model's mistakes on its page as the table of all has them", arguments: Model.all)
  func mutationsOnPage(model: Model) throws {
    guard let page = try? text(of: "Docs/Models/\(model.name).md"),
      let start = page.range(of: "\n## Mistakes made on purpose\n")
    else { return }
    let section = page[start.upperBound...].prefix(while: { $0 != "#" })
    let shown = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
    let rows = try mutationRows(of: model).map { row in
      let (all, n) = (row.counts[0] - row.counts[5], row.counts)
      return "| `\(row.variant)` | \(all) | \(n[1]) | \(n[3]) | \(n[2]) | \(n[4]) |"
    }
    #expect(shown == rows, "run Docs/make-tables")
  }

  @Test("has the counts of all that holds", arguments: Model.all)
  func counts(model: Model) throws {
    #expect(
      try DocumentedCounts.all(of: model).map(\.variant)
        == model.variants.filter { $0.expected == .holds }.map(\.name),
      "run Docs/make-tables")
  }
}
