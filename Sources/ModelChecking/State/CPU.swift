/// A processor of the modelled machine.
///
/// Actors on different CPUs interleave freely. Two tasks on one CPU interleave only where the one
/// that runs may be preempted; an interrupt handler starts on its CPU only while no task there has
/// interrupts disabled, and then runs to its next resting place before any task of that CPU goes on.
public struct CPU: FieldReference, Hashable {
  public let index: Int
  public init(index: Int) { self.index = index }
  public var description: String { "CPU\(index)" }
}

/// The fields that count how often an actor disabled preemption and interrupts.
///
/// An actor whose program never does either has fields of no bits.
struct ContextDepths: Sendable {
  static let deepest = 7

  let preemption: Field<Int>
  let interrupts: Field<Int>
  /// Whether the actor is an interrupt handler, which may never sleep.
  let isHandler: Bool
}
