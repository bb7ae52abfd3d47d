/// The states that a system may start in.
extension System {
  /// The most states that fields with several initial values may make.
  static let mostInitialStates = 1 << 20

  /// How many initial states there are, at least 1.
  public var initialStateCount: Int { startingWords.count }

  /// The states in which every field has an initial value and every condition on them is true, before
  /// programs are at their first steps.
  var startingWords: [[UInt64]] {
    if initialConditions.isEmpty { return layout.initialStates }
    return actors.map(\.depths).withUnsafeBufferPointer { depths in
      var context = StepContext(depths: depths.baseAddress!)
      return withUnsafeMutablePointer(to: &context) { context in
        layout.initialStates.filter { words in
          words.withUnsafeBufferPointer { words in
            let state = State(words: words.baseAddress!, context: context)
            return initialConditions.allSatisfy { $0(state) }
          }
        }
      }
    }
  }
}
