import Foundation
import Testing

@Suite("The documentation")
struct DocsTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let pages =
    ["README.md"]
    + ((try? FileManager.default.contentsOfDirectory(
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
      let printed = CommandLineTests.run(arguments).output
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

  @Test("lists every option of check")
  func options() throws {
    let page = try text(of: "Docs/CommandLine.md")
    let help = CommandLineTests.run(["check", "--help"]).output
    let options = help.matches(of: /--[a-z]+/).map { String($0.0) }
    #expect(options.count > 5)
    for option in options { #expect(page.contains(option), "\(option)") }
  }
}
