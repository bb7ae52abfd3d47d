/// How bad it is that something is not as it should be.
public enum Severity: String, Sendable, Codable {
  /// The kernel would be corrupt: the search stops after the level that shows it.
  case bug
  /// The kernel would warn and go on, and so does the search.
  case warning
}
