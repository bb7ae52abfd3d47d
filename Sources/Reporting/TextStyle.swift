/// How text is set for its reader: for a changelog, a log file, a terminal.
public struct TextStyle: Sendable, Equatable {
  public enum Charset: Sendable {
    /// What every mail, changelog and terminal shows.
    case ascii
    /// With arrows and rules, for a terminal that shows them.
    case unicode
  }

  /// The widths that text can be set to, in columns.
  public static let widths = 60...400

  /// The columns of what is pasted into a mail or a changelog.
  public static let mailWidth = 72

  /// The columns of a line, of `widths`; whatever is outside is taken for the nearest of them.
  public let width: Int
  public var charset: Charset
  /// Whether ANSI escape sequences colour the text. The columns are the same without them.
  public var hasColor: Bool
  /// Whether stretches of a long trace in which nothing happens between actors are folded.
  public var folds: Bool

  public init(
    width: Int = 100, charset: Charset = .ascii, hasColor: Bool = false, folds: Bool = true
  ) {
    self.width = min(max(width, Self.widths.lowerBound), Self.widths.upperBound)
    self.charset = charset
    self.hasColor = hasColor
    self.folds = folds
  }
}
