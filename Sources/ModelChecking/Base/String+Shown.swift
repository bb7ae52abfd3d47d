// Names are looked up and kept as they are. Whoever draws them cleans them, each format in its way.

extension Unicode.Scalar {
  /// Whether it stands for nothing that is seen: a terminal might obey it, or the text around it be
  /// shown in another order. What joins letters and pictures is no such thing.
  package var isUnseen: Bool {
    if value >= 0x20 && value < 0x7F { return false }
    switch properties.generalCategory {
    case .format: return value != 0x200C && value != 0x200D
    case .control, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
      return true
    default: return false
    }
  }
}

extension String {
  /// The text on one line, with something in the place of each character that can't be shown there.
  package func shown(_ replacement: Unicode.Scalar = "?") -> String {
    shown { text, _ in text.unicodeScalars.append(replacement) }
  }

  /// The text with what `replace` adds for each character that can't be shown.
  ///
  /// - Parameter kept: those of them that may stay.
  package func shown(
    keeping kept: String = "", _ replace: (inout String, Unicode.Scalar) -> Void
  ) -> String {
    if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isUnseen && !kept.unicodeScalars.contains(scalar) {
        replace(&text, scalar)
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  /// A text from outside, of a bearable length for a message.
  package var abridged: String {
    let most = 100
    return unicodeScalars.count > most
      ? String(String.UnicodeScalarView(unicodeScalars.prefix(most))) + ".." : self
  }
}
