/// Some cases of an enumeration, which a field can hold: a word of flags, one bit each.
///
///     enum Flag: UInt8, FieldEnumeration { case locked, dirty }
///     let flags = system.field("page.flags", .sets(of: Flag.self), initially: [.locked])
@frozen public struct FlagSet<Flag: FieldEnumeration>: FieldValue, Hashable {
  /// One bit a flag: that of the case with raw value i is bit i.
  public let code: Int

  /// No flag.
  @inlinable public init() { code = 0 }

  @inlinable public init(code: Int) { self.code = code }

  @inlinable public var isEmpty: Bool { code == 0 }

  @inlinable public func contains(_ flag: Flag) -> Bool { code >> flag.code & 1 != 0 }

  @inlinable public mutating func insert(_ flag: Flag) {
    self = Self(code: code | 1 << flag.code)
  }

  @inlinable public mutating func remove(_ flag: Flag) {
    self = Self(code: code & ~(1 << flag.code))
  }

  public var label: String {
    isEmpty ? "none" : Flag.allCases.filter(contains).map(\.label).joined(separator: "+")
  }
}

extension FlagSet: ExpressibleByArrayLiteral {
  public init(arrayLiteral flags: Flag...) {
    self = flags.reduce(into: Self()) { $0.insert($1) }
  }
}

extension FieldDomain {
  /// Every set of the enumeration's cases, of which there are at most 62.
  public static func sets<Flag: FieldEnumeration>(of type: Flag.Type) -> Self
  where Value == FlagSet<Flag> {
    let count = Flag.allCases.count
    return Self(codes: 0...(count < Int.bitWidth - 1 ? (1 << count) - 1 : .max))
  }
}
