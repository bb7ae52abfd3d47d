/// The number of words of a state, as a type: code that is generic over it is compiled once for each
/// of the usual numbers, and its loops over words are unrolled.
protocol WordCount {
  /// The words by which the store has a state.
  associatedtype Stored: WordCount = Self
  /// Whether those are others than the state's own.
  static var isEncoded: Bool { get }
  /// - Parameter actual: the number of words, which the type says too if it is a constant.
  static func count(_ actual: Int) -> Int
}

extension WordCount {
  @inline(__always) static var isEncoded: Bool { false }
}

enum OneWord: WordCount {
  @inline(__always) static func count(_ actual: Int) -> Int { 1 }
}

enum TwoWords: WordCount {
  @inline(__always) static func count(_ actual: Int) -> Int { 2 }
}

enum ThreeWords: WordCount {
  @inline(__always) static func count(_ actual: Int) -> Int { 3 }
}

enum FourWords: WordCount {
  @inline(__always) static func count(_ actual: Int) -> Int { 4 }
}

enum FiveWords: WordCount {
  @inline(__always) static func count(_ actual: Int) -> Int { 5 }
}

enum ManyWords: WordCount {
  @inline(__always) static func count(_ actual: Int) -> Int { actual }
}

/// States of which the store has the one word that a `StateTree` has for them.
enum EncodedWords: WordCount {
  typealias Stored = OneWord
  @inline(__always) static var isEncoded: Bool { true }
  @inline(__always) static func count(_ actual: Int) -> Int { actual }
}
