/// Where the search begins: the initial states, and what they take.
extension FastSearch {
  /// What the initial states take beside the store: an array each.
  static func byteCount(of states: [[UInt64]], wordCount: Int) -> Int {
    let bytes = states.count * bytesOfInitialState(wordCount)
    // A few are part of the overhead.
    return bytes < 1 << 16 ? 0 : bytes
  }

  private static func bytesOfInitialState(_ wordCount: Int) -> Int { 8 * wordCount + 56 }

  /// Makes the initial states, within the limits.
  ///
  /// - Returns: none, with the limit, where one is reached but that of the memory.
  /// - Throws: `InputError` where there are none, they take too much memory, or what must be true of them
  ///   traps.
  static func start(
    of system: System, _ options: SearchOptions, _ stop: StopCondition
  ) throws(InputError) -> (states: [[UInt64]], limit: SearchLimit?) {
    let most = max(
      System.mostMadeAtOnce,
      (options.memory - overheadBytes) / bytesOfInitialState(system.layout.wordCount))
    let made = Trap.catching(wordCount: system.layout.wordCount) {
      system.makeInitialStates(most: most, unless: { stop.reached != nil })
    }
    switch made {
    case .success(.all(let states)): return (states, nil)
    case .success(.none):
      throw InputError(InitialStates.noneProblem, details: [], isFaultOfModel: true)
    case .success(.tooMany):
      throw InputError(
        "a memory limit of \(max(0, options.memory) >> 20) MB is too small to search in: there are more "
          + "than \(most) initial states")
    case .success(.stopped): return ([], stop.reached ?? .interrupted)
    case .failure(let trap): throw system.error(for: trap, after: nil)
    }
  }
}
