/// The argument of a command that isn't an option.
package struct Operand: Sendable {
  package enum Count: Sendable { case one, atMostOne, any, oneOrMore }

  package let word: ValueWord
  package let count: Count

  init(_ placeholder: String, _ completion: WordSource, _ count: Count = .one) {
    word = ValueWord(placeholder: placeholder, completion: completion)
    self.count = count
  }

  var isNeeded: Bool { [.one, .oneOrMore].contains(count) }
  var mayRepeat: Bool { [.any, .oneOrMore].contains(count) }

  /// As usage lines show it: "MODEL", "[MODEL]", "[MODEL ...]", "MODEL ...".
  var usage: String {
    switch count {
    case .one: word.placeholder
    case .atMostOne: "[\(word.placeholder)]"
    case .any: "[\(word.placeholder) ...]"
    case .oneOrMore: "\(word.placeholder) ..."
    }
  }
}
