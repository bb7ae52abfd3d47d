/// An actor's program, compiled: the locations its program counter can have, and at each the steps
/// that may be taken.
///
/// Branches on registers and jumps take no step. They are settled as soon as the step before them
/// is done, so that a location is always a place where the actor waits to take a shared step.
struct Program: Sendable {
  /// A place where the actor may wait.
  struct Location: Sendable {
    /// The steps that may be taken here, as positions in `alternatives`.
    var alternatives: Range<Int>
    /// Whether waiting here for ever is as good as being finished.
    var mayRest: Bool
    /// Whether the actor's run ends here, so that it must hold nothing: it is finished, or is a handler
    /// that returns.
    let endsRun: Bool
    /// How the actor's registers are set back on the way here that nobody reads again before they are
    /// written; none where a search does not do that.
    fileprivate(set) var resets: [RegisterReset] = []
  }

  /// A step that may be taken at a location.
  struct Alternative: Sendable {
    var step: StepDefinition
    /// The calls that the step is nested in, outermost first.
    let callSites: [Call]
    /// Questions about registers that must have these answers for the step to be there at all.
    let conditions: [RegisterCondition]
    /// Where the program goes on after the step, where it answers yes.
    let next: Continuation
    /// Where it goes on after the answer no.
    let otherwise: Continuation
    /// By assertion of the step: its number in the system.
    var assertions: [Int] = []
    /// What its author wrote, for the time when it traps.
    var code = AuthorCode("step")
    /// The place in what was written; a step and the beginning of its wait have the same.
    let site: Int
    /// Whether it begins a wait or gives one up, and the step itself comes later.
    var beginsWait = false
  }

  /// A call of a function, at one place of a program.
  struct Call: Sendable {
    let name: String
    /// Tells the calls of a program from one another.
    let site: Int
  }

  struct RegisterCondition: Sendable {
    let predicate: StepDefinition.Guard
    let expected: Bool
    /// The place of the question in what was written.
    let site: Int
  }

  /// Where a program goes on: a location, or a branch on registers that leads to one.
  enum Continuation: Sendable, Equatable {
    case location(Int)
    case branch(Int)
  }

  /// How an author asks a question about registers.
  struct RegisterWords: Sendable {
    /// Empty where it has no words.
    var name = ""
    /// A number of the place in the author's text, where one place may come to several in the program: they
    /// are one question.
    var place: Int?
    let declaration: SourceLine
  }

  /// A question about registers, as its author wrote it.
  struct RegisterQuestion: Sendable {
    /// The functions that it is asked in, outermost first.
    let calls: [String]
    let words: RegisterWords
  }

  struct Branch: Sendable {
    let predicate: StepDefinition.Guard
    /// The place of the question in what was written.
    let site: Int
    let yes: Continuation
    let no: Continuation
  }

  let start: Continuation
  private(set) var locations: [Location]
  private(set) var alternatives: [Alternative]
  let branches: [Branch]
  /// By place in what was written: the questions about registers that an author asks there.
  let questions: [Int: RegisterQuestion]

  /// Where the program goes on, past all branches on registers.
  ///
  /// - Parameter note: gets each branch and its answer.
  func location(
    at continuation: Continuation, in state: State,
    note: (_ branch: Int, _ answer: Bool) -> Void = { _, _ in }
  ) -> Int {
    switch continuation {
    case .location(let number): return number
    case .branch(let number):
      let answer = branches[number].predicate(state)
      note(number, answer)
      return location(
        at: answer ? branches[number].yes : branches[number].no, in: state, note: note)
    }
  }

  /// All places where the program may go on, each once.
  ///
  /// - Parameter answers: which answers branches have.
  func locations(
    of continuation: Continuation,
    answering answers: (_ branch: Int) -> (yes: Bool, no: Bool) = { _ in (true, true) }
  ) -> [Int] {
    var locations: [Int] = []
    var met: Set<Int> = []
    var metBranches: Set<Int> = []
    var rest = [continuation]
    while let next = rest.popLast() {
      switch next {
      case .location(let number): if met.insert(number).inserted { locations.append(number) }
      case .branch(let number):
        if !metBranches.insert(number).inserted { continue }
        let (yes, no) = answers(number)
        if no { rest.append(branches[number].no) }
        if yes { rest.append(branches[number].yes) }
      }
    }
    return locations
  }

  /// The locations where it is over.
  var ends: Set<Int> { Set(locations.indices.filter { locations[$0].alternatives.isEmpty }) }

  /// Makes every location one where the actor may stop for good.
  mutating func allowRestAnywhere() {
    for location in locations.indices { locations[location].mayRest = true }
  }

  /// The same program with other steps in the place of its own.
  func replacingSteps(_ replace: (StepDefinition) -> StepDefinition) -> Program {
    var program = self
    for position in alternatives.indices {
      program.alternatives[position].step = replace(alternatives[position].step)
    }
    return program
  }

  /// The same program with several steps in the place of each, in order: one of them is taken.
  func expandingSteps(_ ways: (_ alternative: Int) -> [StepDefinition]) -> Program {
    var program = self
    program.alternatives = []
    for place in locations.indices {
      let first = program.alternatives.count
      for number in locations[place].alternatives {
        for step in ways(number) {
          var alternative = alternatives[number]
          alternative.step = step
          program.alternatives.append(alternative)
        }
      }
      program.locations[place].alternatives = first..<program.alternatives.count
    }
    return program
  }

  /// The same program, which sets registers back where it comes to a location.
  func settingBack(_ resets: [[RegisterReset]]) -> Program {
    var program = self
    for location in locations.indices { program.locations[location].resets = resets[location] }
    return program
  }

  /// Gives every assertion of every step the number that the system has for it, and every step the
  /// name of its actor.
  mutating func number(of actor: String, _ numberOf: (StepAssertion) -> Int) {
    for position in alternatives.indices {
      let step = alternatives[position].step
      alternatives[position].code = AuthorCode("step", step.name, of: actor, at: step.declaration)
      alternatives[position].assertions = alternatives[position].step.assertions.map(numberOf)
    }
  }

  /// The locks that the actor takes and the sections that it enters, each once.
  var holdings: [Holding] {
    alternatives.compactMap(\.step.takes).reduce(into: []) { holdings, holding in
      if !holdings.contains(holding) { holdings.append(holding) }
    }
  }

  /// What some step disables or enables.
  var contexts: CPUContexts {
    alternatives.reduce([]) { $0.union($1.step.contexts) }
  }

  /// Whether a run may end with something held or off.
  var mayHold: Bool { !holdings.isEmpty || !contexts.isEmpty }
}

// MARK: The same program once more

extension Program {
  /// Whether another program has the same steps in the same order, whatever their functions do.
  func saysTheSame(as other: Program) -> Bool {
    start == other.start
      && locations.elementsEqual(other.locations) {
        $0.alternatives == $1.alternatives && $0.mayRest == $1.mayRest
      }
      && branches.elementsEqual(other.branches) { $0.yes == $1.yes && $0.no == $1.no }
      && alternatives.elementsEqual(other.alternatives) { $0.saysTheSame(as: $1) }
  }
}

extension Program.Alternative {
  /// The functions that the step is nested in, outermost first.
  var calls: [String] { callSites.map(\.name) }

  fileprivate func saysTheSame(as other: Program.Alternative) -> Bool {
    step.name == other.step.name && step.operation == other.step.operation
      && step.answers == other.step.answers
      && (step.guardCondition == nil) == (other.step.guardCondition == nil)
      && step.mayRest == other.step.mayRest && step.contexts == other.step.contexts
      && step.assertions.map(\.text) == other.step.assertions.map(\.text)
      && calls == other.calls && conditions.map(\.expected) == other.conditions.map(\.expected)
      && next == other.next && otherwise == other.otherwise
  }
}
