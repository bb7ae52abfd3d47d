import ModelChecking

/// What a shell is offered for the word at the cursor.
enum Offer {
  /// The names of files, which the shell knows best. The word of the command line is the prefix and
  /// the path.
  case files
  case words([Word])

  struct Word {
    let text: String
    let meaning: String

    init(_ text: String, _ meaning: String) {
      self.text = text
      self.meaning = meaning
    }
  }

  /// The words that begin as what is typed does.
  func beginning(with typed: String) -> Offer {
    guard case .words(let words) = self else { return self }
    return .words(words.filter { $0.text.hasPrefix(typed) })
  }

  /// The words behind something that they don't repeat.
  func prefixed(by prefix: some StringProtocol) -> Offer {
    guard case .words(let words) = self else { return self }
    return .words(words.map { Word(prefix + $0.text, $0.meaning) })
  }

  /// As the scripts read it: a line that says what is offered, and then a line for each word, with a
  /// tab before its meaning.
  var text: String {
    switch self {
    case .files: "files\n"
    case .words(let words):
      // A word that a line can't hold as it is would be completed to another.
      (["words"]
        + words.filter { $0.text == $0.text.shown() }
        .map { "\($0.text)\t\($0.meaning.shown())" })
        .joined(separator: "\n") + "\n"
    }
  }
}
