/// What becomes of a search in which an author's function traps.
extension FastSearch {
  /// Runs something on the calling thread in which authors' functions run, and keeps the first that
  /// traps of all threads.
  func catchTrap(_ body: () -> Void) {
    if case .failure(let trap) = Trap.catching(wordCount: table.wordCount, body) {
      metTrap.withLock { $0 = $0 ?? trap }
    }
  }

  /// The error for the trap that was met when the states of a depth were expanded, or the initial
  /// states looked at, which is depth -1.
  func error(for met: Trap, expanding depth: Int) -> InputError {
    if met.code === AuthorCode.statesOnDisk { return met.error(on: options.disk) }
    // All that comes now runs into the same steps again, one by one.
    metTrap.withLock { $0 = nil }
    for worker in workers.indices { workers[worker].stepper.giveUpStep() }
    var traps = TrapSearch(table)
    if depth < 0 {
      for state in initialStates { traps.ask(ofInitial: state) }
    } else {
      for position in level(depth) {
        if position % 4096 == 0 && stop.reached != nil { break }
        traps.look(from: workers[0].state(at: position))
      }
    }
    guard let found = traps.first else { return system.error(for: met, after: nil) }
    let schedule = schedule(to: found, at: max(0, depth))
    return system.error(for: found.trap, after: schedule)
  }

  /// The way to what trapped; nil where something answers differently on it.
  private func schedule(to found: TrapSearch.Find, at depth: Int) -> Schedule? {
    try? Trap.catching {
      anySchedule(to: found.source, at: depth) { _ in found.move.map { [$0] } ?? [] }
    }.get()
  }

  /// The error for a trap after the search, when all states are known: where goals ask whether they are
  /// due, or elsewhere in what is asked of many states at once.
  func error(afterSearch met: Trap) -> InputError {
    metTrap.withLock { $0 = nil }
    for worker in workers.indices { workers[worker].stepper.giveUpStep() }
    // Several ranks would have to look for the way there together, and only this one knows.
    if met.code === AuthorCode.statesOnDisk { return met.error(on: options.disk) }
    if met.code === AuthorCode.unrepeatable || peers != nil { return met.error }
    var depth = 0
    while hasLevel(depth) {
      var traps = TrapSearch(table)
      for position in level(depth) where position >= store.forgotten {
        traps.askWhatIsDue(in: workers[0].state(at: position))
      }
      if let found = traps.first {
        let schedule = schedule(to: found, at: depth)
        return system.error(for: found.trap, after: schedule)
      }
      depth += 1
    }
    return system.error(for: met, after: nil)
  }

  /// How many states are asked everything again, beside the first runs of each step.
  private static let sampledStates = 32

  /// The error for a step or property that answers differently when it is asked again; nil if none was
  /// found to.
  var unrepeatable: InputError? {
    var check = RepeatCheck(system, table)
    let samples = workers.indices.map { workers[$0].stepper.samples }
    for sample in samples.flatMap(\.all) { check.add(sample.alternative, from: sample.state) }
    let known = store.forgotten..<store.reservedCount
    for number in 0..<min(known.count, Self.sampledStates) {
      let position = known.lowerBound + number * known.count / min(known.count, Self.sampledStates)
      check.add(workers[0].state(at: position))
    }
    do {
      if let error = try check.error() { return error }
    } catch {
      return self.error(afterSearch: error)
    }
    return samples.lazy.compactMap(\.difference).first.map(error)
  }

  /// The error for a step that was seen to come to something else, and didn't again.
  private func error(for difference: RunSamples.Sample) -> InputError {
    let move = table.moves[difference.alternative]
    return system.error(
      for: system.actors[move.actor].program.alternatives[move.alternative].code,
      on: Array(UnsafeBufferPointer(start: difference.state, count: table.wordCount)), [])
  }
}
