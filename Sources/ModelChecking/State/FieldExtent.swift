/// A field of the shared state, whatever its values: what a section lists.
public protocol SharedField: Sendable {
  /// Which field it is and where it lies.
  var extent: FieldExtent { get }
}

extension Field: SharedField {
  public var extent: FieldExtent {
    FieldExtent(number: Int(number), word: word, bits: mask << shift)
  }
}

/// Which field something is and where it lies in the state.
public struct FieldExtent: Sendable, Hashable {
  let number: Int
  let word: Int
  let bits: UInt64
}
