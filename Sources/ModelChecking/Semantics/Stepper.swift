/// Runs steps for one worker, without allocation, locks or reference counts.
///
/// It means the same as `PlainSemantics`; the tests compare the two on every model.
package struct Stepper {
  let wordCount: Int
  let actors: UnsafeBufferPointer<StepTable.Actor>
  let locations: UnsafePointer<StepTable.Location>
  let alternatives: UnsafePointer<StepTable.Alternative>
  let branches: UnsafePointer<StepTable.Branch>
  let blockers: UnsafePointer<StepTable.Blocker>
  let hasBlockers: Bool
  let resets: UnsafePointer<RegisterReset>
  let resetStarts: UnsafePointer<Int32>
  let holdings: UnsafeBufferPointer<Holding>
  let obligations: Obligations
  let hasObligations: UInt8
  private let invariants: UnsafeBufferPointer<StepTable.Question>
  let goals: UnsafeBufferPointer<StepTable.Question>
  let context: UnsafeMutablePointer<StepContext>
  let trouble: UnsafeMutablePointer<Trouble>
  let summary: UnsafeMutablePointer<TroubleSummary>
  let fatalAssertions: UInt64
  let fatalStatements: UInt64
  let layout: StateLayout
  let cache: TransitionCache
  let shortcuts: UnsafePointer<Shortcut>
  let memos: UnsafePointer<Memos>
  /// The alternatives that the state's actors have, and the numbers of all.
  let candidates: UnsafeMutablePointer<Int32>
  let numbers: UnsafeMutablePointer<Int32>
  let memory: Memory
  /// Some of the runs of step functions.
  let samples: RunSamples
  /// What all of them were seen to do: by alternative, by branch, and of invariants.
  let stepMarks: UnsafeMutablePointer<StepMarks.Mark>
  let branchMarks: UnsafeMutablePointer<StepMarks.Mark>
  let metAntecedents: UnsafeMutablePointer<UInt64>
  /// What checks that members of families are alike; nil where nobody relies on it.
  let watch: SymmetryWatch?
  /// What learns which registers are live; nil where nobody asks.
  let liveWatch: LiveWatch?

  /// - Parameter cache: what the stepper is to remember with.
  package init(
    _ table: StepTable, _ cache: TransitionCache, watch: SymmetryWatch? = nil,
    liveWatch: LiveWatch? = nil
  ) {
    self.watch = watch
    self.liveWatch = liveWatch
    self.cache = cache
    layout = table.layout
    wordCount = table.wordCount
    memory = Memory(table)
    actors = table.actors.elements
    locations = UnsafePointer(table.locations.base)
    alternatives = UnsafePointer(table.alternatives.base)
    branches = UnsafePointer(table.branches.base)
    blockers = UnsafePointer(table.blockers.base)
    hasBlockers = !table.blockers.isEmpty
    resets = UnsafePointer(table.resets.base)
    resetStarts = UnsafePointer(table.resetStarts.base)
    holdings = table.holdings.elements
    obligations = table.obligations
    hasObligations = table.obligations == .none ? 0 : 1
    invariants = table.invariants.elements
    goals = table.goals.elements
    shortcuts = UnsafePointer(cache.shortcuts.base)
    memos = UnsafePointer(cache.memos.base)
    candidates = memory.candidates.base
    numbers = memory.numbers.base
    context = memory.context.base
    trouble = memory.trouble.base
    summary = memory.summary.base
    samples = RunSamples(memory.samples)
    stepMarks = memory.stepMarks.base
    branchMarks = memory.branchMarks.base
    metAntecedents = memory.metAntecedents.base
    fatalAssertions = table.fatalAssertions
    fatalStatements = table.fatalStatements
  }

  /// A stepper that makes every step anew.
  init(rememberingNothing table: StepTable) {
    self.init(
      table,
      TransitionCache(
        alternativeCount: table.alternatives.count, wordCount: table.wordCount, byteLimit: 0,
        interval: 64))
  }

  /// Owns what a stepper points to, but for its cache; its pointers are valid as long as it lives.
  final class Memory {
    let table: StepTable
    let context: OwnedBuffer<StepContext>
    let trouble = OwnedBuffer(repeating: Trouble(), count: 1)
    let summary = OwnedBuffer(repeating: TroubleSummary(), count: 1)
    /// Room for a state that is made to be looked at.
    let scratch: OwnedBuffer<UInt64>
    let candidates: OwnedBuffer<Int32>
    let numbers: OwnedBuffer<Int32>
    let samples: RunSamples.Memory
    let stepMarks: OwnedBuffer<StepMarks.Mark>
    let branchMarks: OwnedBuffer<StepMarks.Mark>
    let metAntecedents = OwnedBuffer<UInt64>(repeating: 0, count: 1)
    let again: OwnedBuffer<UInt64>
    /// By word: the bits in which a state's successors differ from it.
    let changes: OwnedBuffer<UInt64>
    /// By alternative: what came of it in a state.
    let fates: OwnedBuffer<UInt8>

    init(_ table: StepTable) {
      samples = RunSamples.Memory(alternativeCount: table.alternatives.count)
      stepMarks = OwnedBuffer(repeating: [], count: table.alternatives.count)
      branchMarks = OwnedBuffer(repeating: [], count: table.branches.count)
      again = OwnedBuffer(repeating: 0, count: table.wordCount)
      changes = OwnedBuffer(repeating: 0, count: table.wordCount)
      fates = OwnedBuffer(repeating: 0, count: table.alternatives.count)
      self.table = table
      context = OwnedBuffer(
        repeating: StepContext(depths: UnsafePointer(table.depths.base)), count: 1)
      scratch = OwnedBuffer(repeating: 0, count: table.wordCount)
      // A row is read and written whole, however short it is.
      candidates = OwnedBuffer(repeating: 0, count: table.mostSuccessors + Row.scalarCount)
      numbers = OwnedBuffer(count: table.alternatives.count + Row.scalarCount) { Int32($0) }
    }
  }

  /// What expanding a state showed.
  struct Expansion {
    /// The end of the successors made: one for each enabled step that is not broken.
    let end: UnsafeMutablePointer<UInt64>
    /// The enabled steps after which nothing follows.
    let broken: Int
    /// Whether some actor is sure to come nearer to its home, so that the state is no hang; or nobody
    /// asks.
    let isSureToGoOn: Bool
  }

  /// What was wrong with some steps.
  struct TroubleSummary {
    /// What those that raised a fault are found to be.
    var faults: FindingKinds = []
    /// The assertions that failed, one bit each.
    var failed: UInt64 = 0
  }

  /// What was wrong with all steps since this was last asked.
  func takeSummary() -> TroubleSummary {
    defer { summary.pointee = TroubleSummary() }
    return summary.pointee
  }

  /// Forgets the step under way, which trapped.
  func giveUpStep() {
    context.pointee.fault = nil
    context.pointee.log = nil
  }

  /// Whether every actor is finished or may stop where it is.
  func isResting(_ words: UnsafePointer<UInt64>) -> Bool {
    actors.allSatisfy { locations[$0.firstLocation + $0.counter.code(in: words)].mayRest }
  }

  /// Whether there are invariants or goals to ask of states.
  @inline(__always)
  var hasProperties: Bool { invariants.count &+ goals.count != 0 }

  /// The invariants that are false in a state, one bit each.
  @inline(__always)
  func violatedInvariants(in words: UnsafePointer<UInt64>) -> UInt64 {
    ~answers(of: invariants, in: words) & Self.bits(invariants.count)
  }

  /// The goals that a state fulfils, one bit each.
  @inline(__always)
  func reachedGoals(in words: UnsafePointer<UInt64>) -> UInt64 {
    answers(of: goals, in: words)
  }

  /// The goals that are due from a state on, one bit each.
  func dueGoals(in words: UnsafePointer<UInt64>) -> UInt64 {
    answers(of: memory.table.dues.elements, in: words)
  }

  @inline(__always)
  func copy(_ source: UnsafePointer<UInt64>, to target: UnsafeMutablePointer<UInt64>) {
    target[0] = source[0]
    for word in 1..<max(1, wordCount) { target[word] = source[word] }
  }

  private static func bits(_ count: Int) -> UInt64 {
    count == 64 ? .max : (1 << UInt64(count)) - 1
  }

  @inline(__always)
  private func answers(
    of questions: UnsafeBufferPointer<StepTable.Question>,
    in words: UnsafePointer<UInt64>
  ) -> UInt64 {
    var answers: UInt64 = 0
    let state = State(words: words, context: context)
    for number in 0..<questions.count {
      AuthorCode.note(questions[number].code, on: words)
      if let box = questions[number].antecedentBox {
        if !box._withUnsafeGuaranteedRef({ $0.body(state) }) {
          answers |= 1 &<< UInt64(number)
          continue
        }
        metAntecedents.pointee |= 1 &<< UInt64(number)
      }
      if questions[number].box._withUnsafeGuaranteedRef({ $0.body(state) }) {
        answers |= 1 &<< UInt64(number)
      }
    }
    AuthorCode.noteNone()
    return answers
  }

  /// Whose step an alternative is.
  @inline(__always)
  func actor(of alternative: Int) -> Int { Int(alternatives[alternative].actor) }

  /// Adds what steps and questions were seen to do.
  func add(to marks: inout StepMarks) {
    marks.formUnion(
      steps: memory.stepMarks.elements, branches: memory.branchMarks.elements,
      antecedents: metAntecedents.pointee)
  }
}
