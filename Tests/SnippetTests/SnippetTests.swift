import Foundation
import ModelChecking
import Testing

@Suite("The snippets of Swift in the documents")
struct SnippetTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Every document, and every Swift file of the package, which the build compiles.
  private static func files(under folders: [String], ending: String) -> [URL] {
    folders.flatMap { folder -> [URL] in
      let all = FileManager.default.enumerator(
        at: root.appending(path: folder), includingPropertiesForKeys: nil)
      return (all?.compactMap { $0 as? URL } ?? []).filter {
        $0.lastPathComponent.hasSuffix(ending) && !$0.path.contains("/.build/")
      }
    }
  }

  static let documents =
    ["README.md", "CONTRIBUTING.md"]
    + files(under: ["Docs", "Sources"], ending: ".md").map {
      String($0.path.dropFirst(root.path.count + 1))
    }.sorted()

  private static let sources: [String] =
    files(under: ["Sources", "Models", "Tests"], ending: ".swift")
    .compactMap { try? withoutIndentation(String(contentsOf: $0, encoding: .utf8)) }

  /// The lines without the blanks at their ends, so that an excerpt may stand farther left.
  private static func withoutIndentation(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
  }

  @Test("are excerpts of files that are compiled", arguments: documents)
  func areCompiled(document: String) throws {
    let url = Self.root.appending(path: document)
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return }
    for block in text.matches(of: /```swift\n(.*?)```/.dotMatchesNewlines()) {
      let snippet = Self.withoutIndentation(String(block.1))
        .trimmingCharacters(in: .newlines)
      #expect(
        Self.sources.contains { $0.contains(snippet) },
        "\(document): no Swift file has these lines:\n\(block.1)")
    }
  }

  @Test("give the verdicts that they state")
  func verdicts() throws {
    for variant in stolenPage.variants {
      let outcome = try stolenPage.system(variant: variant.name).search()
      #expect(variant.expected.isMet(by: outcome), "\(variant.name): \(outcome.verdict)")
    }
  }

  @Test("declare systems that can be built and searched")
  func forms() throws {
    _ = try System(declareStepForms).search()
    #expect(try System(declareControlFlow).search().verdict == .holds)
    #expect(try System(declareMeant).search().verdict == .holds)
    #expect(try System(declareSwitch).search().verdict == .holds)
    #expect(try System(declarePackedWord).search().verdict == .holds)
    let outcome = try System(declareAssertions).search()
    #expect(outcome.verdict == .holds)
  }

  static let words: [@Sendable (SystemBuilder) -> Void] = [
    declareRCU, declareSeqcount, declareCompletion, declareWaitQueue, declareTasks,
    declareWorkItem, declareTimer, declareRefcount, declareAtomics, declareBits, declarePageLock,
    declareLockArray, declareActorFields,
  ]

  @Test("use the kernel's words right", arguments: words.indices)
  func kernelWords(index: Int) throws {
    #expect(try System(Self.words[index]).search().verdict == .holds)
  }
}
