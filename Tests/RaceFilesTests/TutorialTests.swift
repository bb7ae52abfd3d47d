import Foundation
import ModelChecking
import RaceFiles
import Testing

/// What Docs/RaceFiles.md and the README show is what is read.
@Suite("The tutorial of race files")
struct TutorialTests {
  private static let project = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A page's blocks of C, in order.
  private func blocks(of page: String = "Docs/RaceFiles.md") throws -> [String] {
    try String(contentsOf: Self.project.appending(path: page), encoding: .utf8)
      .matches(of: /```c\n(.*?)```/.dotMatchesNewlines()).map { String($0.1) }
  }

  @Test("begins with a race that is found", arguments: ["Docs/RaceFiles.md", "README.md"])
  func firstRace(page: String) throws {
    let blocks = try blocks(of: page)
    let outcome = try outcome(of: try race(blocks[0]))
    #expect(
      outcome.verdict == .found(.violated, property: "a page of virtio-mem's is on no free list"))
    #expect(outcome.findings.first?.trace.steps.count == 5)
  }

  @Test("mends it by a piece, in variants")
  func fix() throws {
    let blocks = try blocks()
    let file = try race(blocks[0] + blocks[1] + blocks[2])
    #expect(file.model.variants.map(\.name) == ["as-reported", "hook"])
    for variant in file.model.variants {
      #expect(variant.expected.isMet(by: try outcome(of: file, variant.name)), "\(variant.name)")
    }
  }

}
