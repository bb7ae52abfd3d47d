/// Text set in lines, in the same way by all reports.
extension TextStyle {
  /// Blocks of lines, which blank lines part.
  func text(of blocks: [[Line]]) -> String {
    blocks.map { block in block.map { $0.text(self) + "\n" }.joined() }.joined(separator: "\n")
  }

  func paragraph(_ text: String, _ ink: Line.Ink = .plain) -> [Line] {
    text.wrapped(to: min(width, 100)).map { Line($0, ink) }
  }

  /// A text that begins at a column, with the lines after its first two columns further in.
  func item(_ text: String, at column: Int) -> [Line] {
    text.wrapped(to: width - column, indent: 2).map {
      var line = Line()
      line.move(to: column)
      line.add($0)
      return line
    }
  }

  /// A word with what it means in a column beside it; a word too long for its own has a line to itself.
  ///
  /// - Parameter column: where the word begins.
  func columns(
    _ word: String, _ meaning: String, at column: Int = 0, width: Int
  ) -> [Line] {
    let left = column + width + 2
    var line = Line()
    line.move(to: column)
    line.add(word)
    var lines: [Line] = []
    if line.columns + 2 > left && !meaning.isEmpty {
      lines.append(line)
      line = Line()
    }
    for part in meaning.wrapped(to: self.width - left) {
      line.move(to: left)
      line.add(part)
      lines.append(line)
      line = Line()
    }
    return meaning.isEmpty ? [line] : lines
  }

  func paragraph(phrases: [String]) -> [Line] {
    phrases.wrapped(to: min(width, 100)).map { Line($0) }
  }

  /// A command line after its title, in lines that a shell takes as one.
  func commandLine(_ title: String, _ command: String) -> [Line] {
    let words = command.replacing(" --", with: "\n--").split(separator: "\n").map(
      String.init)
    let lines = ([title] + words).wrapped(to: width - 2, indent: 4)
    return lines.enumerated().map { Line($1 + ($0 < lines.count - 1 ? " \\" : "")) }
  }
}

extension String {
  /// The text with blanks behind it, up to so many columns.
  package func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// The text with blanks before it, up to so many columns.
  package func leftPadded(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}

extension Int {
  /// 1234567 as 1,234,567, whatever the locale.
  package var grouped: String {
    var groups: [Substring] = []
    var rest = Substring(String(self))
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    return ([rest] + groups).joined(separator: ",")
  }

  /// "1 step", "2 steps".
  func of(_ thing: String) -> String { "\(grouped) \(thing)\(self == 1 ? "" : "s")" }
}
