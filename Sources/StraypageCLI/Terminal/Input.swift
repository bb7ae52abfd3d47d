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

  static let standard = Input(echoes: isatty(STDIN_FILENO) == 0) { readLine() }
}
