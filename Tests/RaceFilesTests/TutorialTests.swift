import Foundation
import ModelChecking
import RaceFiles
import Testing

/// What Docs/RaceFiles.md and the README show is what is read, and what the tutorial's reader has after each
/// step passes `gate`.
@Suite("The tutorial of race files")
struct TutorialTests {
  private static let project = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func text(of page: String) throws -> String {
    try String(contentsOf: Self.project.appending(path: page), encoding: .utf8)
  }

  private func blocks(in text: some StringProtocol) -> [String] {
    String(text).matches(of: /```c\n(.*?)```/.dotMatchesNewlines()).map { String($0.1) }
  }

  /// The blocks of C under a heading, in order.
  private func blocks(under heading: String) throws -> [String] {
    let parts = try text(of: "Docs/RaceFiles.md").split(separator: "\n### ")
    return blocks(in: try #require(parts.first { $0.hasPrefix(heading) }))
  }

  /// The file that its reader has after some steps.
  private func file(after steps: Int) throws -> String {
    var text = try blocks(under: "1.").joined(separator: "\n")
    if steps > 1 { text += try "\n" + blocks(under: "2.").joined(separator: "\n") }
    if steps > 2 {
      let bound = try #require(try blocks(under: "3.").first)
      let name = "__name(\"kernel walker\")"
      text = text.replacing(name, with: "\(bound)\n\(name) __times(WALKERS)")
    }
    return text
  }

  @Test("begins with a race that is found", arguments: ["Docs/RaceFiles.md", "README.md"])
  func firstRace(page: String) throws {
    let outcome = try outcome(of: try race(blocks(in: try text(of: page))[0]))
    #expect(
      outcome.verdict == .found(.violated, property: "a page of virtio-mem's is on no free list"))
    #expect(outcome.findings.first?.trace.steps.count == 5)
  }

  @Test("leads to a file that passes the gate, step by step", arguments: [1, 2, 3])
  func gate(steps: Int) throws {
    let file = try race(try file(after: steps))
    #expect(
      file.model.variants.map(\.name) == (steps == 1 ? ["as-reported"] : ["as-reported", "hook"]))
    for variant in file.model.variants {
      let outcome = try outcome(of: file, variant.name)
      #expect(variant.expected.isMet(by: outcome), "\(variant.name)")
      #expect(outcome.coverage?.isVacuous != true, "\(variant.name)")
    }
  }

  @Test("holds with as many walkers as it says")
  func walkers() throws {
    let file = try race(try file(after: 3))
    let outcome = try outcome(of: file, "hook", settings: ["WALKERS": 3])
    #expect(outcome.verdict == .holds)
    #expect(outcome.coverage?.isVacuous == false)
  }
}
