/// A line while it is typed, and the lines before it: what each key makes of it.
package struct EditedLine {
  package enum Key: Equatable, Sendable {
    case character(Character)
    case left, right, start, end, up, down
    /// What stands before the cursor is taken away, or at it.
    case backspace, delete
    /// Everything before the cursor is taken away, everything behind it, or the word before it.
    case eraseBefore, eraseBehind, eraseWord
  }

  package private(set) var characters: [Character] = []
  /// How many characters are before it.
  package private(set) var cursor = 0
  private let history: [String]
  /// Which of the lines before is shown; the line itself behind the last.
  private var shown: Int
  /// The line itself, while another is shown.
  private var own: [Character] = []

  /// - Parameter history: the lines before, the oldest first.
  package init(after history: [String]) {
    self.history = history
    shown = history.count
  }

  package var text: String { String(characters) }

  package mutating func take(_ key: Key) {
    switch key {
    case .character(let character):
      characters.insert(character, at: cursor)
      cursor += 1
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(characters.count, cursor + 1)
    case .start: cursor = 0
    case .end: cursor = characters.count
    case .up: show(shown - 1)
    case .down: show(shown + 1)
    case .backspace: erase(max(0, cursor - 1)..<cursor)
    case .delete: erase(cursor..<min(characters.count, cursor + 1))
    case .eraseBefore: erase(0..<cursor)
    case .eraseBehind: erase(cursor..<characters.count)
    case .eraseWord:
      let before = characters[..<cursor]
      let word = before.lastIndex { $0 != " " }.map { end in
        before[...end].lastIndex(of: " ").map { $0 + 1 } ?? 0
      }
      erase((word ?? 0)..<cursor)
    }
  }

  private mutating func erase(_ range: Range<Int>) {
    characters.removeSubrange(range)
    cursor = range.lowerBound
  }

  private mutating func show(_ number: Int) {
    guard (0...history.count).contains(number) else { return }
    if shown == history.count { own = characters }
    shown = number
    characters = number == history.count ? own : Array(history[number])
    cursor = characters.count
  }
}
