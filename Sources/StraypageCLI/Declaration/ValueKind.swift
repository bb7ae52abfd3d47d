import ModelChecking

/// A kind of value that options take: what help calls it, what completes it, how it is read.
package struct ValueKind<Value: Sendable>: Sendable {
  let word: ValueWord
  /// - Throws: `InputError` that names `owner` if the text is no such value.
  let read: @Sendable (_ text: String, _ owner: String) throws(InputError) -> Value
}

/// A value as help shows it and shells complete it.
package struct ValueWord: Sendable {
  /// What help calls it, in capitals.
  package let placeholder: String
  package let completion: WordSource
}

/// Where the words come from that complete a value.
package enum WordSource: Sendable, Equatable {
  /// Any text; there is nothing to offer.
  case none
  case files
  case these([String])
  case commands
  case models
  /// The variants of the model that is named before.
  case variants
  /// BOUND=N, of that model.
  case settings
  /// BOUND=N..M, of that model.
  case ranges
  /// The pieces of that model's fix, by commas.
  case pieces
  /// MODEL or MODEL/VARIANT.
  case patterns
}

extension ValueKind<String> {
  static func text(_ placeholder: String, _ completion: WordSource = .none) -> Self {
    ValueKind(word: ValueWord(placeholder: placeholder, completion: completion)) {
      text, _ throws(InputError) in text
    }
  }

  /// The path of a file.
  static var file: Self { text("FILE", .files) }
}

extension ValueKind<Int> {
  static func integer(in range: ClosedRange<Int>) -> Self {
    ValueKind(word: ValueWord(placeholder: "N", completion: .none)) {
      text, owner throws(InputError) in try Quantities.integer(text, of: owner, in: range)
    }
  }
}

extension ValueKind<Duration> {
  static var duration: Self {
    ValueKind(word: ValueWord(placeholder: "TIME", completion: .none)) {
      text, owner throws(InputError) in try Quantities.duration(text, of: owner)
    }
  }
}

extension ValueKind where Value: RawRepresentable<String> & CaseIterable {
  /// One of a few words.
  ///
  /// - Parameter hint: what is said of a word that is none of them; where it is nil the nearest of them.
  static func choice(
    _ placeholder: String, hint: @escaping @Sendable (String) -> String? = { _ in nil }
  ) -> Self {
    let words = Value.allCases.map(\.rawValue)
    return ValueKind(word: ValueWord(placeholder: placeholder, completion: .these(words))) {
      text, owner throws(InputError) in
      guard let value = Value(rawValue: text) else {
        if let hint = hint(text) {
          throw InputError("'\(owner)' has no choice '\(text.abridged)'; \(hint)")
        }
        throw InputError.unknown("choice", text, of: "'\(owner)'", among: words)
      }
      return value
    }
  }

  /// A memory model, by the project's word for it. Of another's it is said which stands for it.
  static var machine: Self {
    choice("MACHINE") { name in
      MemoryModel.standing(for: name).map { "'\($0.rawValue)' stands for it" }
    }
  }
}
