import Synchronization

/// What can happen in a system, as the fast search has it: its own step functions, for one state at a
/// time.
///
/// It means the same as `PlainSemantics` and keeps no account of accesses. Threads that use one at
/// the same time wait for each other.
package final class FastRelation: TransitionRelation {
  package let system: System
  package let initialStates: [[UInt64]]
  private let table: StepTable
  private let bench: Mutex<Bench>

  /// A stepper and the room for the state that it makes.
  private struct Bench: ~Copyable {
    let stepper: Stepper
    let target: OwnedBuffer<UInt64>

    init(_ table: StepTable) {
      stepper = Stepper(rememberingNothing: table)
      target = OwnedBuffer(repeating: 0, count: table.wordCount)
    }
  }

  package init(_ system: System) {
    self.system = system
    initialStates = PlainSemantics(system: system).initialStates
    table = StepTable(system)
    bench = Mutex(Bench(table))
  }

  package func transitions(from state: [UInt64]) -> [Transition] {
    bench.withLock { bench in
      var transitions: [Transition] = []
      let made = bench.target.elements
      state.withUnsafeBufferPointer { state in
        bench.stepper.forEachSuccessor(of: state.baseAddress!, into: bench.target.base) {
          alternative, _, trouble in
          transitions.append(
            Transition(
              move: table.moves[alternative], target: Array(made), trouble: trouble))
        }
      }
      return transitions
    }
  }
}
