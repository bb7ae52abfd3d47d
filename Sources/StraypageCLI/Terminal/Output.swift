import Foundation

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

  static let standard = Output(
    result: { text in
      do {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
      } catch {
        writeError("standard output can't be written\n")
        exit(ExitStatus.badInput.rawValue)
      }
    }, error: { writeError($0) }, terminal: .ofStandardOutput)

  /// Nothing more can be done where this fails too.
  private static func writeError(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
