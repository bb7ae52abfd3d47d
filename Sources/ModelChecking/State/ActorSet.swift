/// Some of a system's actors, which a field can hold: who is inside, whom somebody waits for.
///
///     let inside = system.field("inside", system.setsOfActors, initially: ActorSet())
///
/// An actor is in the set by its number, and shown by its name.
@frozen public struct ActorSet: FieldValue, Hashable {
  /// One bit an actor.
  public let code: Int

  /// Nobody.
  @inlinable public init() { code = 0 }

  @inlinable public init(code: Int) { self.code = code }

  @inlinable public var isEmpty: Bool { code == 0 }

  /// Whether the actor with this number, from 0 to 61, is in the set.
  @inlinable public func contains(_ actor: Int) -> Bool { code >> actor & 1 != 0 }

  @inlinable public mutating func insert(_ actor: Int) { self = Self(code: code | 1 << actor) }

  @inlinable public mutating func remove(_ actor: Int) { self = Self(code: code & ~(1 << actor)) }

  /// The numbers; a field that a system declares shows the names.
  public var label: String {
    let numbers = (0..<62).filter(contains)
    return numbers.isEmpty ? "none" : numbers.map(String.init).joined(separator: "+")
  }
}
