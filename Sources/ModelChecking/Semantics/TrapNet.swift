import Synchronization

/// A relation in which authors' functions may trap: the steps from such a state are none, and the first
/// trap is kept.
final class TrapNet: TransitionRelation {
  let system: System
  let initialStates: [[UInt64]]
  private let relation: any TransitionRelation
  private let first = Mutex<Trap?>(nil)

  init(_ relation: any TransitionRelation) {
    system = relation.system
    initialStates = relation.initialStates
    self.relation = relation
  }

  /// What trapped first; nil if nothing did.
  var trap: Trap? { first.withLock { $0 } }

  func transitions(from state: [UInt64]) -> [Transition] {
    catching { relation.transitions(from: state) } ?? []
  }

  /// Runs authors' functions; nil if one traps.
  func catching<Success>(_ body: () -> Success) -> Success? {
    switch Trap.catching(wordCount: system.layout.wordCount, body) {
    case .success(let success): return success
    case .failure(let trap):
      first.withLock { $0 = $0 ?? trap }
      return nil
    }
  }
}
