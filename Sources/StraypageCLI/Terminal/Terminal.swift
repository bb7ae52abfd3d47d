import Foundation

/// What the terminal that results go to can show.
package struct Terminal: Sendable, Equatable {
  let columns: Int
  let showsUTF8: Bool
  let showsColor: Bool
  /// Whether it does more than to show one character after the other.
  let isAble: Bool

  /// - Parameters:
  ///   - columns: its width; 0 where it doesn't say.
  ///   - environment: what the user says about it: `TERM`, `NO_COLOR` and the locale.
  package init(columns: Int, environment: [String: String]) {
    self.columns = columns > 0 ? columns : 80
    let name = environment["TERM"] ?? ""
    isAble = !name.isEmpty && name != "dumb"
    showsColor = isAble && (environment["NO_COLOR"] ?? "").isEmpty
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    let charset = locale?.uppercased() ?? ""
    showsUTF8 = isAble && (charset.contains("UTF-8") || charset.contains("UTF8"))
  }

  /// The terminal that standard output is; nil where it is a file or a pipe.
  static var ofStandardOutput: Terminal? {
    Terminal(at: STDOUT_FILENO)
  }

  /// The width of the terminal that standard error is; nil where that is none whose lines can be taken away
  /// again.
  static var columnsOfStandardError: Int? {
    Terminal(at: STDERR_FILENO).flatMap { $0.isAble ? $0.columns : nil }
  }

  private init?(at descriptor: Int32) {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0
    self.init(
      columns: isKnown ? Int(size.ws_col) : 0, environment: ProcessInfo.processInfo.environment)
  }
}
