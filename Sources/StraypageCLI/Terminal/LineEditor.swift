import Foundation

/// Reads lines at a terminal, with arrows for going through the line and the lines before.
///
/// Only while a line is typed does the terminal send each key as it is pressed.
final class LineEditor: @unchecked Sendable {
  // Unchecked: of the one thread that reads.

  private let prompt: String
  private var history: [String] = []
  private var keys = KeyReader()

  /// - Parameter prompt: what stands before the line already.
  init(prompt: String) { self.prompt = prompt }

  /// The next line without its end; nil where there is none any more.
  func line() -> String? {
    var usual = termios()
    guard tcgetattr(STDIN_FILENO, &usual) == 0 else { return readLine() }
    var raw = usual
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    let (line, isInterrupted) = edited()
    tcsetattr(STDIN_FILENO, TCSADRAIN, &usual)
    // At the end of the input it is the caller who goes on to a new line.
    if line != nil || isInterrupted { show("\n") }
    if isInterrupted { raise(SIGINT) }
    if let line, !line.isEmpty, line != history.last { history.append(line) }
    return line
  }

  private func edited() -> (line: String?, isInterrupted: Bool) {
    var line = EditedLine(after: history)
    while let byte = Self.byte() {
      switch keys.take(byte) {
      case nil: continue
      case .key(let key): line.take(key)
      case .line: return (line.text, false)
      case .interrupt: return (nil, true)
      case .endOfInput:
        if line.characters.isEmpty { return (nil, false) }
        line.take(.delete)
      }
      draw(line)
    }
    return (nil, false)
  }

  private static func byte() -> UInt8? {
    var byte: UInt8 = 0
    while true {
      switch read(STDIN_FILENO, &byte, 1) {
      case 1: return byte
      case -1 where errno == EINTR: continue
      default: return nil
      }
    }
  }

  /// Draws the line anew: as much of it as the terminal has room for, with the cursor in it.
  private func draw(_ line: EditedLine) {
    let room = max(1, (Terminal.ofStandardOutput?.columns ?? 80) - prompt.count - 1)
    let first = max(0, line.cursor - room)
    let part = line.characters[first...].prefix(room)
    let back = part.count - (line.cursor - first)
    show("\r\(prompt)\(String(part))\u{1B}[K" + (back > 0 ? "\u{1B}[\(back)D" : ""))
  }

  private func show(_ text: String) { try? write(text.utf8, to: STDOUT_FILENO) }
}
