/// The facts of a system's steps.
extension System {
  /// What a step does, as data.
  package func operation(of move: Move) -> Operation { step(move).operation }

  /// A step's name and where it is written: "page_ref_inc (PageRef.swift:21)".
  package func name(of move: Move) -> String {
    "\(step(move).name) (\(step(move).declaration))"
  }

  /// The numbers of the fields that are looked at when an actor's run ends, where the step may end it: those
  /// of the locks that the actor takes and of the sections that it enters.
  package func readsAtEnd(of move: Move) -> [Int] {
    let program = actors[move.actor].program
    let alternative = program.alternatives[move.alternative]
    let targets = [alternative.next, alternative.otherwise].flatMap { program.locations(of: $0) }
    return targets.contains { program.locations[$0].endsRun }
      ? program.holdings.map { Int($0.field.number) } : []
  }

  private func step(_ move: Move) -> StepDefinition {
    actors[move.actor].program.alternatives[move.alternative].step
  }
}
