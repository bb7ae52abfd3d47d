/// The line of a source file where something is declared.
@frozen public struct SourceLine: Sendable, Hashable {
  /// The path as the compiler had it, which may be one of another machine: not for showing.
  public let file: String
  /// Counted from 1.
  public let line: Int

  @inlinable public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }
}

extension SourceLine: CustomStringConvertible {
  /// The file without its folders, and the line: "Race.swift:12".
  public var description: String {
    "\(file.split(separator: "/").last ?? ""):\(line)"
  }
}
