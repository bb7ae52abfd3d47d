import ModelChecking
import Reporting

/// How a command's text is set, for the commands that print traces.
///
/// What goes to a file or a pipe depends on the command line alone: 100 columns, ASCII, no colour.
/// A terminal is filled up to `widestByDefault` columns and gets what it can show.
enum TextOptions {
  static let options = [
    Command.Option(
      name: "--width", value: "COLUMNS",
      help: "columns of text, 60 to 400, or terminal (by default): as wide as that, else 100"),
    Command.Option(
      name: "--ascii", value: nil, help: "plain ASCII, also on a terminal that shows more"),
    Command.Option(
      name: "--color", value: "WHEN",
      help: "auto (by default): on a terminal, unless NO_COLOR is set; always or never"),
    Command.Option(
      name: "--full", value: nil, help: "fold nothing: every step of a long trace in a row"),
  ]

  /// Longer lines are hard to read, whatever fits.
  private static let widestByDefault = 160

  private enum When: String, CaseIterable { case auto, always, never }

  /// - Parameter toFile: whether the text goes to a file that the command writes.
  static func read(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, toFile: Bool = false
  ) throws(InputError) -> TextStyle {
    let terminal = toFile ? nil : tool.output.terminal
    var style = TextStyle(width: try width(arguments.value(of: "--width"), terminal))
    if let terminal, terminal.showsUTF8, !arguments.has("--ascii") { style.charset = .unicode }
    let name = arguments.value(of: "--color") ?? When.auto.rawValue
    switch When(rawValue: name) {
    case .auto: style.hasColor = terminal?.showsColor ?? false
    case .always: style.hasColor = true
    case .never: break
    case nil:
      throw InputError.unknown(
        "choice", name, of: "'--color'", among: When.allCases.map(\.rawValue))
    }
    style.folds = !arguments.has("--full")
    return style
  }

  private static func width(
    _ text: String?, _ terminal: Terminal?
  ) throws(InputError) -> Int {
    guard let text, text != "terminal" else {
      guard let terminal else { return TextStyle().width }
      return min(max(terminal.columns, TextStyle.widths.lowerBound), widestByDefault)
    }
    let widths = TextStyle.widths
    guard Int(text) != nil else {
      throw InputError(
        "--width must be 'terminal' or a whole number from \(widths.lowerBound) to "
          + "\(widths.upperBound), not '\(text)'")
    }
    return try Quantities.integer(text, of: "--width", in: widths)
  }
}
