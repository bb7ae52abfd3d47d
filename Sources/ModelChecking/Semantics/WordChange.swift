/// What a step does to a word of the state, as the tables remember it: a pair of the bits that stay
/// and the new values of the others.
enum WordChange {
  /// In place of new values: the step is not enabled, and the key was not seen yet. A step that
  /// would write such values is not remembered.
  static let disabled = UInt64.max
  static let unknown = UInt64.max - 1

  /// Writes a pair, unless the new values look like something else.
  ///
  /// - Parameters:
  ///   - mask: the bits that change.
  ///   - after: the word that the step led to; nil if it was not enabled.
  /// - Returns: whether it was written.
  @discardableResult
  static func write(
    _ mask: UInt64, _ after: UInt64?, to pair: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    let value = after.map { $0 & mask }
    if let value, value >= unknown { return false }
    pair[0] = ~mask
    pair[1] = value ?? disabled
    return true
  }
}
