/// A processor of the modelled machine.
///
/// Actors on different CPUs interleave freely. What may run on one CPU while another actor there is
/// under way, `ActorKind` says.
public struct CPU: FieldReference, Hashable {
  public let index: Int
  public init(index: Int) { self.index = index }
  public var description: String { "CPU\(index)" }
}

/// How an actor gets to run on its CPU (include/linux/preempt.h, kernel/softirq.c, v5.15 to v6.12,
/// without PREEMPT_RT).
public enum ActorKind: Sendable, Equatable {
  /// A process, a kernel thread, or a work item bound to its CPU: another task may run in between
  /// unless it has preemption, bottom halves or interrupts off.
  case task
  /// A softirq: it starts while its CPU has interrupts and bottom halves on and no handler runs, whatever
  /// the preemption count, and runs to its next resting place before any task or softirq of that CPU
  /// goes on. Interrupts come in between.
  case softirq
  /// An interrupt or inter-processor interrupt: it starts while its CPU has interrupts on and no other
  /// handler of an interrupt runs, and then runs to its next resting place before anything else there.
  case interrupt

  /// Whether it is a handler, which has a resting place, can't be preempted by tasks and never sleeps.
  var isHandler: Bool { self != .task }
}

/// The fields that count how often an actor disabled preemption, bottom halves and interrupts.
///
/// What an actor's program never disables has a field of no bits.
struct ContextDepths: Sendable {
  static let deepest = 7

  let preemption: Field<Int>
  let bottomHalves: Field<Int>
  let interrupts: Field<Int>
  let kind: ActorKind
}
