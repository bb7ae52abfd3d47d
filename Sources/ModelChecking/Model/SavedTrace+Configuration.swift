extension SavedTrace {
  /// A finding of a search of `system`, which is that of the configuration.
  public init(_ finding: Finding, of system: System, in configuration: Configuration) {
    self.init(finding.trace, finding, of: system, in: configuration)
  }

  /// The steps of a walk, with what is wrong where it stands.
  public init(_ walk: Walk, in configuration: Configuration) {
    self.init(
      Trace(from: walk.initialState, steps: walk.steps), walk.findings.first, of: walk.system,
      in: configuration)
  }

  private init(
    _ trace: Trace, _ finding: Finding?, of system: System, in configuration: Configuration
  ) {
    self.init(
      model: configuration.model.name, variant: configuration.variant.name,
      without: configuration.takenOut.isEmpty ? nil : configuration.takenOutNames,
      bounds: configuration.bounds.byName,
      memoryModel: configuration.memoryModel == .sc ? nil : configuration.memoryModel,
      dataRaces: configuration.reportsDataRaces ? true : nil,
      fingerprint: system.fingerprint,
      initialState: trace.initialState, end: finding?.kind, property: finding?.property,
      steps: trace.steps.map(Step.init), waiting: finding?.waits.map(\.actor).nonEmpty,
      onward: trace.onward.map(Step.init),
      loop: trace.loop.map(Step.init))
  }

  /// What the trace was made with, by the names it has: their meaning may have changed since.
  ///
  /// - Parameter model: the one that is called what the trace says.
  /// - Throws: `InputError` for names that the model hasn't got, a bound that is missing, and a value
  ///   out of range.
  public func configuration(of model: Model) throws(InputError) -> Configuration {
    for bound in model.bounds where bounds[bound.name] == nil {
      throw InputError("bound '\(bound.name)' of model '\(model.name)' is missing")
    }
    var configuration = try Configuration(
      model, variant: variant, without: without ?? [], settings: bounds)
    configuration.memoryModel = memoryModel ?? .sc
    configuration.reportsDataRaces = dataRaces ?? false
    return configuration
  }
}

extension Array {
  /// nil where there is nothing in it.
  fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
