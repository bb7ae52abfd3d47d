/// Some registers of one word of the state, and the values that they are set back to.
struct RegisterReset: Sendable, Equatable {
  let word: Int
  /// The bits that are the registers'.
  var mask: UInt64 = 0
  /// Their values there.
  var value: UInt64 = 0

  @inline(__always)
  func apply(to words: UnsafeMutablePointer<UInt64>) {
    words[word] = words[word] & ~mask | value
  }
}
