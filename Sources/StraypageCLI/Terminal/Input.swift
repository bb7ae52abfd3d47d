import Foundation

/// Where an interactive command reads its lines.
package struct Input: Sendable {
  /// The next line without its end; nil where there is none any more.
  let line: @Sendable () -> String?

  /// Whether to write each line out, since no terminal shows it.
  let echoes: Bool

  package init(echoes: Bool, line: @escaping @Sendable () -> String?) {
    self.line = line
    self.echoes = echoes
  }

  /// What stands before a line.
  static let prompt = "> "

  static let standard = Input(echoes: isatty(STDIN_FILENO) == 0) {
    editor.map { $0.line() } ?? readLine()
  }

  /// Where somebody types, at a terminal that can go back in a line.
  private static let editor: LineEditor? =
    isatty(STDIN_FILENO) == 1 && Terminal.ofStandardOutput?.isAble ?? false
    ? LineEditor(prompt: prompt) : nil
}
