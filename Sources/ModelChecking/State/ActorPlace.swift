/// Whether an actor is at a step, which it would take next: `SystemBuilder.isAt(_:_:)`.
///
/// It is known by where the actor's program stands, so it takes no room in the state.
public struct ActorPlace: Sendable {
  let counter: Field<Int>
  /// By location of the program: whether it is there.
  let isThere: [Bool]
}

extension State {
  /// Whether an actor is at a place.
  public subscript(place: ActorPlace) -> Bool { place.isThere[self[place.counter]] }
}
