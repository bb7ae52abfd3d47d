import ModelChecking
import Reporting

/// How a command's text is set, for the commands that print traces.
///
/// What goes to a file or a pipe depends on the command line alone: 100 columns, ASCII, no colour.
/// A terminal is filled up to `widestByDefault` columns and gets what it can show.
enum TextOptions {
  static let options: [any DeclaredOption] = [width, ascii, color, full]

  static let width = Option(
    "--width", .width, "columns, 60 to 400, or terminal: its width, else 100",
    default: .ofTerminal, shownAs: Width.terminalWord
  ).presenting
  private static let ascii = Option(
    flag: "--ascii", "plain ASCII, also on a terminal that shows more"
  ).presenting
  private static let color = Option(
    "--color", .choice("WHEN"), "auto (on a terminal without NO_COLOR), always or never",
    default: When.auto
  ).presenting
  static let full = Option(
    flag: "--full", "fold nothing: every step of a long trace in a row"
  ).presenting

  /// Longer lines are hard to read, whatever fits.
  private static let widestByDefault = 160

  private enum When: String, CaseIterable { case auto, always, never }

  /// - Parameter toFile: whether the text goes to a file that the command writes.
  static func read(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, toFile: Bool = false
  ) throws(InputError) -> TextStyle {
    let terminal = toFile ? nil : tool.output.terminal
    var style = TextStyle(width: columns(try arguments[width], terminal))
    if let terminal, terminal.showsUTF8, !arguments.has(ascii) { style.charset = .unicode }
    switch try arguments[color] {
    case .auto: style.hasColor = terminal?.showsColor ?? false
    case .always: style.hasColor = true
    case .never: break
    }
    style.folds = !arguments.has(full)
    return style
  }

  private static func columns(_ width: Width, _ terminal: Terminal?) -> Int {
    switch (width, terminal) {
    case (.columns(let columns), _): columns
    case (.ofTerminal, let terminal?):
      min(max(terminal.columns, TextStyle.widths.lowerBound), widestByDefault)
    case (.ofTerminal, nil): TextStyle().width
    }
  }
}
