/// Learns which registers are live, from every run of a step and every look of a property that a search relies
/// on.
///
/// One for each worker; what they learn is put together between levels.
package final class LiveWatch {
  private(set) var live: LiveRegisters
  private let asked: AskedProperties

  /// Knows nothing yet.
  init(_ system: System, _ table: StepTable) {
    live = LiveRegisters(of: system)
    asked = AskedProperties(system, table)
  }

  /// Notes a run of a step.
  ///
  /// - Parameter to: where it led; nil where it was not enabled, or nothing follows it.
  func note(_ log: AccessLog, of actor: Int, from: Int, to: Int?) {
    live.note(log.accesses, of: actor, from: from, to: to)
  }

  /// Notes what properties look at in a state.
  func noteProperties(of state: UnsafePointer<UInt64>, with stepper: Stepper) {
    for number in 0..<asked.count where !asked.isKnown(number, in: state) {
      let log = AccessLog()
      _ = stepper.answer(of: asked.questions[number], in: state, log)
      asked.noteFields(log.fields, of: number)
      note(fields: log.fields)
      asked.note(number, in: state)
    }
  }

  /// Notes fields at which properties look.
  func note(fields: [Int]) {
    for field in fields { live.note(field: field) }
  }

  /// Forgets that anything is new.
  func takeNews() -> LiveRegisters? {
    guard live.hasNews else { return nil }
    defer { live.forgetNews() }
    return live
  }
}
