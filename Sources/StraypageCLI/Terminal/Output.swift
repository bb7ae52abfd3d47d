import Foundation
import Synchronization

/// Where text goes.
package struct Output: Sendable {
  let result: @Sendable (String) -> Void
  let error: @Sendable (String) -> Void
  /// The terminal that results are shown on; nil where they go to a file or a pipe.
  let terminal: Terminal?

  package init(
    result: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void,
    terminal: Terminal? = nil
  ) {
    self.result = result
    self.error = error
    self.terminal = terminal
  }

  /// The same for GitHub Actions, which takes a line for a command if it begins with two colons or has
  /// a "##[" somewhere: a name that does is shown with a blank in between.
  var withoutWorkflowCommands: Output {
    @Sendable func harmless(_ text: String) -> String {
      guard text.contains("::") || text.contains("##[") else { return text }
      return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        let start = line.prefix { $0.isWhitespace }
        let rest = line.dropFirst(start.count)
        return (start + (rest.hasPrefix("::") ? ": " + rest.dropFirst() : rest))
          .replacing("##[", with: "## [")
      }.joined(separator: "\n")
    }
    return Output(
      result: { [result] in result(harmless($0)) }, error: { [error] in error(harmless($0)) },
      terminal: terminal)
  }

  static let standard = Output(
    result: writeResult, error: writeError, terminal: .ofStandardOutput)

  /// Whether a result could not be shown. The files that a command writes are written all the same.
  static var hasLostResults: Bool { lostResults.load(ordering: .relaxed) }

  private static let lostResults = Atomic<Bool>(false)

  private static func writeResult(_ text: String) {
    if hasLostResults { return }
    do throws(SystemError) {
      try write(text.utf8, to: STDOUT_FILENO)
    } catch {
      lostResults.store(true, ordering: .relaxed)
      writeError("standard output can't be written: \(error.reason)\n")
    }
  }

  /// Nothing more can be done where this fails too.
  private static func writeError(_ text: String) {
    try? write(text.utf8, to: STDERR_FILENO)
  }
}
