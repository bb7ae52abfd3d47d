/// The steps of a trace by which actors get in one another's way, or which the property is about.
///
/// A step is eventful if it touches a field that another actor changed last, if another actor
/// touches what it changed, if another actor changes what it saw before it looks again, or if the
/// property looks at what it changed last. What is left depends on no other actor and no other
/// actor depends on it: an actor's own business.
public struct EventfulSteps: Sendable {
  /// What was done with a field so far: who changed it last, and who saw that since.
  private struct History: Sendable {
    var lastChange: (step: Int, actor: String)?
    var looks: [String: Int] = [:]
  }

  /// The numbers of the eventful steps, from 0.
  public private(set) var numbers: Set<Int> = []
  private var histories: [String: History] = [:]

  /// - Parameters:
  ///   - steps: all steps of the trace in order; they are numbered from 0.
  ///   - evidence: the fields that the property looks at.
  public init(of steps: [TraceStep], evidence: [String]) {
    for (number, step) in steps.enumerated() {
      let changed = step.changes.map(\.field)
      for field in Set(changed + (step.reads + step.ghostReads).map(\.field)) {
        note(field, in: number, of: step.actor, isChange: changed.contains(field))
      }
    }
    for field in evidence {
      if let change = histories[field]?.lastChange { numbers.insert(change.step) }
    }
  }

  private mutating func note(_ field: String, in number: Int, of actor: String, isChange: Bool) {
    var history = histories[field] ?? History()
    if let change = history.lastChange, change.actor != actor {
      numbers.formUnion([change.step, number])
    }
    if isChange {
      let others = history.looks.filter { $0.key != actor }.values
      if !others.isEmpty { numbers.formUnion(others + [number]) }
      history = History(lastChange: (number, actor))
    }
    history.looks[actor] = number
    histories[field] = history
  }
}
