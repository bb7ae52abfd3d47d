/// What can happen in a system: where it begins, the ways out of a state, and the taking of one.
///
/// `PlainSemantics` says it in steps that are meant to be read, `FastRelation` as the fast search has
/// it. A layer wraps one and is one itself, and whatever walks goes through it: the reference
/// search, replay, simulation, graphs, a person. (The PINS interface of LTSmin: Kant, Laarman,
/// Meijer, van de Pol, Blom, van Dijk, TACAS 2015.)
package protocol TransitionRelation: Sendable {
  var system: System { get }

  /// The states that the system may start in, at least one, each once.
  var initialStates: [[UInt64]] { get }

  /// Every step that may be taken in a state, ordered by actor and then by the program's order.
  func transitions(from state: [UInt64]) -> [Transition]

  /// One step; nil if it is not enabled.
  func take(_ move: Move, from state: [UInt64]) -> Transition?
}

extension TransitionRelation {
  package func take(_ move: Move, from state: [UInt64]) -> Transition? {
    transitions(from: state).first { $0.move == move }
  }
}

/// One step that an actor takes in some state.
package struct Transition: Sendable {
  package let move: Move
  /// The state after the step; where the step is broken, as far as it got.
  package let target: [UInt64]
  package let trouble: Trouble
  /// What the step read and wrote, its guard included, in order; none where the relation keeps no
  /// account of that.
  var accesses: [AccessLog.Access] = []

  package init(move: Move, target: [UInt64], trouble: Trouble) {
    self.move = move
    self.target = target
    self.trouble = trouble
  }

  /// Whether nothing follows the step: it raises a fault or fails an assertion that is no warning.
  func isBroken(in system: System) -> Bool { trouble.isFatal(in: system) }
}

/// What is wrong with a step that was taken.
package struct Trouble: Equatable, Sendable {
  package var fault: Fault?
  /// The assertions that it failed, by their numbers in the system, one bit each.
  package var failed: UInt64 = 0

  package init(fault: Fault? = nil, failed: UInt64 = 0) {
    self.fault = fault
    self.failed = failed
  }

  /// Whether nothing follows the step.
  func isFatal(in system: System) -> Bool {
    fault != nil || failed != 0 && failed & system.fatalAssertions != 0
  }

  /// Why nothing follows the step, in a sentence or the kernel's words; nil where something may.
  func breakage(in system: System) -> String? {
    if let fault { return fault.description(in: system) }
    let fatal = failed & system.fatalAssertions
    return fatal == 0 ? nil : system.assertions[fatal.trailingZeroBitCount].name
  }
}

extension System {
  /// The assertions at which the kernel stops, as BUG_ON(), one bit each.
  var fatalStatements: UInt64 {
    assertions.reduce(0) { bits, assertion in
      assertion.severity == .bug && assertion.wording == .statement
        ? bits | 1 << UInt64(assertion.number) : bits
    }
  }

  /// The assertions that end a search, one bit each.
  var fatalAssertions: UInt64 {
    assertions.enumerated().reduce(0) { bits, assertion in
      assertion.element.severity == .bug ? bits | 1 << UInt64(assertion.offset) : bits
    }
  }
}
