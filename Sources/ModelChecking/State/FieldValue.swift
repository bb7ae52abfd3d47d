/// A value that a state field can hold.
///
/// Every value has an integer *code*; a field stores the code's distance from the smallest code of
/// its domain. Integers, booleans, enumerations and optional references conform.
public protocol FieldValue: Sendable, Equatable {
  /// The value with this code.
  ///
  /// - Parameter code: one that `code` of some value of the field's domain returned.
  init(code: Int)

  /// The integer this value is stored as.
  var code: Int { get }

  /// How a trace shows the value.
  var label: String { get }

  /// The codes of all values; nil where a domain may have any.
  static var allCodes: ClosedRange<Int>? { get }
}

extension FieldValue {
  public static var allCodes: ClosedRange<Int>? { nil }
}

extension Int: FieldValue {
  @inlinable public init(code: Int) { self = code }
  @inlinable public var code: Int { self }
  public var label: String { String(self) }
}

extension Bool: FieldValue {
  @inlinable public init(code: Int) { self = code != 0 }
  @inlinable public var code: Int { self ? 1 : 0 }
  public var label: String { self ? "true" : "false" }
}

/// An enumeration that a field can hold: its raw values are 0, 1, 2 ... in order.
///
///     enum PageType: UInt8, FieldEnumeration { case none, offline, buddy }
public protocol FieldEnumeration: FieldValue, CaseIterable, RawRepresentable<UInt8> {}

extension FieldEnumeration {
  public static var allCodes: ClosedRange<Int>? { 0...max(0, allCases.count - 1) }

  @inlinable public init(code: Int) {
    // The domain admits the codes of cases only, so the raw value always names one.
    self = Self(rawValue: UInt8(truncatingIfNeeded: code)).unsafelyUnwrapped
  }
  @inlinable public var code: Int { Int(rawValue) }
  public var label: String { String(describing: self) }
}

/// Something numbered from 0 that a field can point to: a page, a CPU.
public protocol FieldReference: Sendable, Equatable, CustomStringConvertible {
  init(index: Int)
  var index: Int { get }
}

/// An optional reference: `nil` has code 0, the reference with index i has code i + 1.
extension Optional: FieldValue where Wrapped: FieldReference {
  @inlinable public init(code: Int) { self = code == 0 ? nil : Wrapped(index: code - 1) }
  @inlinable public var code: Int { self.map { $0.index + 1 } ?? 0 }
  public var label: String { self.map(\.description) ?? "none" }
}

/// The values that a field may take.
public struct FieldDomain<Value: FieldValue>: Sendable {
  let codes: ClosedRange<Int>
  /// How a trace shows the value with a code, where it is not the value's own label.
  var label: (@Sendable (Int) -> String)?
  /// What is wrong with it.
  var problem: String?
  /// What to declare for a field that may have other values.
  var remedy: String?
}

extension FieldDomain where Value == Int {
  /// The integers of `range`.
  public static func range(_ range: ClosedRange<Int>) -> Self { Self(codes: range) }
}

extension FieldDomain where Value == Bool {
  /// True or false.
  public static var flag: Self { Self(codes: 0...1) }
}

extension FieldDomain where Value: FieldEnumeration {
  /// Every case of the enumeration.
  public static var cases: Self {
    let isInOrder =
      !Value.allCases.isEmpty && Value.allCases.enumerated().allSatisfy { $1.code == $0 }
    var domain = Self(codes: 0...max(0, Value.allCases.count - 1))
    if !isInOrder {
      domain.problem = "the raw values of \(Value.self) must be 0, 1, 2 ... in order"
    }
    return domain
  }
}

extension FieldDomain {
  /// The values with these codes, for a type that makes its own.
  ///
  /// - Parameter label: how a trace shows the value with a code; nil, as the type shows it.
  public static func codes(
    _ codes: ClosedRange<Int>, label: (@Sendable (Int) -> String)? = nil
  ) -> Self {
    Self(codes: codes, label: label)
  }

  /// Only `value`: the field takes no room in the state, and writing anything else is a fault.
  ///
  /// - Parameter remedy: what a model has to do for a field with more values, as the fault says it:
  ///   "add .owner to the page's parts".
  public static func only(_ value: Value, otherwise remedy: String? = nil) -> Self {
    Self(codes: value.code...value.code, remedy: remedy)
  }

  /// None, or one of the first `count` things.
  public static func optional<Reference: FieldReference>(
    _ type: Reference.Type, count: Int
  ) -> Self where Value == Reference? {
    Self(
      codes: 0...max(0, count),
      problem: count < 0 ? "there can't be \(count) of \(Reference.self)" : nil)
  }
}
