/// The facts of a system's steps.
extension System {
  /// What a step does, as data.
  package func operation(of move: Move) -> Operation { step(move).operation }

  /// A step's name and where it is written: "page_ref_inc (PageRef.swift:21)".
  package func name(of move: Move) -> String {
    "\(step(move).name) (\(step(move).declaration))"
  }

  private func step(_ move: Move) -> StepDefinition {
    actors[move.actor].program.alternatives[move.alternative].step
  }
}
