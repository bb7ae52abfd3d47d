import ModelChecking
import Reporting

/// How wide text is set.
enum Width: Sendable {
  case columns(Int)
  case ofTerminal

  static let terminalWord = "terminal"
}

extension ValueKind<Width> {
  static var width: Self {
    ValueKind(word: ValueWord(placeholder: "COLUMNS", completion: .these([Width.terminalWord]))) {
      text, owner throws(InputError) in
      if text == Width.terminalWord { return .ofTerminal }
      let widths = TextStyle.widths
      guard Int(text) != nil else {
        throw InputError(
          "\(owner) must be '\(Width.terminalWord)' or a whole number from \(widths.lowerBound) to "
            + "\(widths.upperBound), not '\(text)'")
      }
      return .columns(try Quantities.integer(text, of: owner, in: widths))
    }
  }
}
