import Foundation
import Testing

/// Reads the target's own files.
@Suite("Reporting draws what it is given")
struct DrawsOnlyTests {
  /// What walks, explores or searches, and the values that are made by that.
  private static let makers = [
    "Walk", "StateGraph", "AnnotatedTrace", "AnnotatedGraph", "Simulation", "Replay", "Gate",
    "Matrix",
  ]
  private static let members = ["search", "take", "enabled", "outlooks", "goBack"]

  @Test("no file of it walks, explores or searches")
  func exploresNothing() throws {
    let words = try Regex(
      "\\b(\(Self.makers.joined(separator: "|")))\\(|"
        + "\\.(\(Self.members.joined(separator: "|")))\\b")
    let files = try SourceFile.all(in: "Sources/Reporting", ending: ".swift")
    #expect(files.count > 20)
    for file in files {
      for line in file.text.split(separator: "\n") where line.contains(words) {
        Issue.record("\(file.path): \(line)")
      }
    }
  }
}
