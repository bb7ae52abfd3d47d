import StraypageCLI
import Testing

@Suite("A line that is typed at a terminal")
struct LineEditorTests {
  /// What bytes make of a line, up to its end.
  private func typed(_ bytes: String, after history: [String] = []) -> (text: String, cursor: Int) {
    var (line, keys) = (EditedLine(after: history), KeyReader())
    for byte in bytes.utf8 {
      if case .key(let key) = keys.take(byte) { line.take(key) }
    }
    return (line.text, line.cursor)
  }

  @Test(
    "is changed where the cursor is",
    arguments: [
      ("step", "step", 4), ("stp\u{1B}[De", "step", 3), ("tep\u{1}s", "step", 1),
      ("tep\u{1B}[Hs\u{1B}[F!", "step!", 5), ("stepp\u{7F}", "step", 4),
      ("sstep\u{1}\u{1B}[3~", "step", 0), ("one two\u{17}", "one ", 4), ("one  \u{17}", "", 0),
      ("one two\u{1B}[D\u{1B}[D\u{15}", "wo", 0), ("one two\u{1}\u{B}", "", 0),
      ("\u{7F}\u{1B}[D\u{1B}[Cx\u{1B}[C", "x", 1), ("größe \u{1B}OD\u{7F}", "größ ", 4),
      // What is no key that is known changes nothing.
      ("a\u{1B}[15~b\u{1B}xc\u{0}", "abc", 3),
    ])
  func editing(bytes: String, text: String, cursor: Int) {
    let line = typed(bytes)
    #expect(line.text == text && line.cursor == cursor)
  }

  @Test(
    "may be one of those before, and is itself again",
    arguments: [
      ("\u{1B}[A", "third"), ("\u{1B}[A\u{1B}[A\u{1B}[A\u{1B}[A", "first"),
      ("own\u{1B}[A\u{1B}[A\u{1B}[B", "third"), ("own\u{10}\u{E}", "own"), ("\u{1B}[B", ""),
      ("\u{1B}[A!\u{1B}[A\u{1B}[B", "third"),
    ])
  func history(bytes: String, text: String) {
    #expect(typed(bytes, after: ["first", "second", "third"]).text == text)
  }

  @Test("ends with the line, the input, or Ctrl-C")
  func ends() {
    func event(_ bytes: [UInt8]) -> KeyReader.Event? {
      var keys = KeyReader()
      return bytes.map { keys.take($0) }.last ?? nil
    }
    #expect(event([0x0D]) == .line && event([0x0A]) == .line)
    #expect(event([0x04]) == .endOfInput && event([0x03]) == .interrupt)
    #expect(event([0xC3]) == nil && event([0xC3, 0xB6]) == .key(.character("ö")))
    // Bytes that are no text are passed over.
    #expect(event([0xFF, 0xFF, 0xFF, 0xFF, 0x61]) == .key(.character("a")))
  }
}
