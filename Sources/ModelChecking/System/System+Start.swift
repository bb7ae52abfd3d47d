/// The states that a system starts in.
extension System {
  /// The most states that fields with several initial values may make.
  static let mostInitialStates = 1 << 20

  /// How many initial states there are, at least 1.
  public var initialStateCount: Int { initialStates.count }

  /// Makes the states in which every field has an initial value and every initial condition is true,
  /// with every program at its first step.
  ///
  /// - Parameter states: all in which every field has an initial value.
  func makeInitialStates(of states: [[UInt64]]) -> [[UInt64]] {
    states.compactMap { words in
      var words = words
      let isInitial = run(on: &words) { state in
        initialConditions.allSatisfy { $0(state.readOnly) }
      }
      if !isInitial { return nil }
      _ = start(in: &words)
      return words
    }
  }

  /// What is wrong with the questions that programs ask before their first step. They are about
  /// registers, which have one value at first, so one state tells it of all.
  func initialFault(in words: [UInt64]) -> Fault? {
    var words = words
    return start(in: &words)
  }

  /// Puts every program at its first step.
  private func start(in words: inout [UInt64]) -> Fault? {
    var fault: Fault?
    for (number, actor) in actors.enumerated() {
      run(as: number, on: &words) { state in
        let location = actor.program.location(at: actor.program.start, in: state.readOnly)
        actor.counter.store(location, in: state.words)
        fault = fault ?? state.context.pointee.fault
      }
    }
    return fault
  }

  /// Lends the words of a state to something that reads or writes it, as an actor of the system.
  func run<Result>(
    as actor: Int = 0, on words: inout [UInt64], log: AccessLog? = nil,
    _ body: (RawState) -> Result
  ) -> Result {
    actors.map(\.depths).withUnsafeBufferPointer { depths in
      var context = StepContext(depths: depths.baseAddress!)
      context.actor = actor
      return withExtendedLifetime(log) {
        context.log = log.map { Unmanaged.passUnretained($0) }
        return words.withUnsafeMutableBufferPointer { words in
          withUnsafeMutablePointer(to: &context) {
            body(RawState(words: words.baseAddress!, context: $0))
          }
        }
      }
    }
  }
}
