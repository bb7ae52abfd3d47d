/// A name with the numbers in it told apart: "page0.refcount" is the page numbered 0, and what follows.
///
/// That is how things that are alike are named, by a model's author and by the engine: page0 and page1,
/// walker0 and walker1, `lists[0]` and `lists[1]`, "free on CPU0". A number belongs to the word before it.
struct NumberedName: Hashable, CustomStringConvertible {
  private enum Part: Hashable {
    case text(String)
    /// A number, and the word before it, which is part of the text before.
    case number(Int, of: String)
  }

  private var parts: [Part] = []
  let description: String

  init(_ name: String) {
    description = name
    var text = ""
    var digits = ""
    func word(before text: String) -> String {
      let isSeparated = text.last.map { !$0.isLetter && $0 != "_" } ?? false
      let letters = text.dropLast(isSeparated ? 1 : 0).reversed().prefix {
        $0.isLetter || $0 == "_"
      }
      return String(letters.reversed()) + (isSeparated ? String(text.last!) : "")
    }
    for character in name + "\n" {
      if character.isASCII && character.isNumber {
        digits.append(character)
        continue
      }
      if let number = Int(digits), String(number) == digits {
        let word = word(before: text)
        parts.append(.text(text))
        parts.append(word.isEmpty ? .text(digits) : .number(number, of: word))
        text = ""
      } else {
        text += digits
      }
      digits = ""
      text.append(character)
    }
    text.removeLast()
    parts.append(.text(text))
  }

  /// The numbers in the name, each with its word.
  var numbers: [(word: String, number: Int)] {
    parts.compactMap {
      if case .number(let number, of: let word) = $0 { (word, number) } else { nil }
    }
  }

  /// The name with two numbers exchanged wherever they follow one of some words.
  func exchanging(_ one: Int, _ other: Int, of words: [String]) -> String {
    var name = ""
    for part in parts {
      switch part {
      case .text(let text): name += text
      case .number(let number, of: let word):
        let isMeant = words.contains(word)
        name += String(isMeant && number == one ? other : isMeant && number == other ? one : number)
      }
    }
    return name
  }
}
