extension Finding {
  /// What must be known before the first step of the trace: the values of the fields that it touches
  /// or its property looks at, in the order of their declaration. Registers and counters have no part.
  public func startingValues(in system: System) -> [FieldReading] {
    let touched = trace.allSteps.flatMap { step in
      (step.reads + step.ghostReads).map(\.field) + step.changes.map(\.field)
    }
    let slots = system.layout.fields.filter(\.isBufferSlot).map(\.name)
    let names = Set(touched + evidence.map(\.field)).subtracting(slots)
    return Walk(system, fromInitialState: trace.initialState).values.filter {
      names.contains($0.field) && [.shared, .ghost].contains($0.role)
    }
  }
}
