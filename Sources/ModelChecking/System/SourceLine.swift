/// The line of a source file where something is declared.
public struct SourceLine: Sendable, Hashable {
  /// The path as the compiler had it, which may be one of another machine: not for showing.
  package let file: String
  /// Counted from 1.
  public let line: Int

  package init(file: String, line: Int) {
    self.file = file
    self.line = line
  }
}
