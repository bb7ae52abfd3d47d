/// An actor's flow with all work on local variables put into its steps: the places where it can wait, and
/// what each step does there.
struct Settled: Sendable {
  /// What follows a step, decided by what it saw and by the registers that it found.
  indirect enum Tree: Sendable {
    case leaf(Leaf)
    case branch(Term, Tree, Tree)
    /// An assertion fires where the term is true.
    case assertion(Flow.Statement, Term, Tree)
  }

  /// Where a step ends.
  struct Leaf: Sendable {
    /// The location that the actor comes to.
    let target: Int
    /// What registers get, all at once.
    var registers: [(variable: Int, term: Term)] = []
    /// What ghosts, and within a section shared variables, get.
    var writes: [(address: Term, term: Term)] = []
    /// The registers that nobody wants any more.
    var dropped: [Int] = []
    /// The file's variables whose values are known behind the step, and were not, or others.
    var placed: [(variable: Int, value: Int)] = []
  }

  /// One step with all that it does.
  struct Step: Sendable {
    let access: Access
    let tree: Tree
    /// What happens at once with it, from before: bookkeeping that came where no step was.
    var writes: [(address: Term, term: Term)] = []
  }

  /// What there is to do at a location.
  indirect enum Ways: Sendable {
    case finish
    case step(Step)
    /// A step of the engine's; where it leads, by its answer if it has one.
    case engine(Access, yes: Leaf, no: Leaf)
    /// - Parameter node: of the flow.
    case branch(Term, question: Flow.Question?, node: Int, Ways, Ways)
    case choose([Ways])
  }

  struct Location: Sendable {
    let ways: Ways
    /// The registers that hold something here.
    let carried: [Int]
    let spot: Spot
  }

  var locations: [Location] = []
  var variables: [Flow.Variable] = []
  /// By node of the flow: which answers its question may get, as far as known values don't decide it.
  var answers: [Int: Answers] = [:]

  struct Answers: Sendable {
    let question: Flow.Question
    var mayBeYes = false
    var mayBeNo = false
  }
}

extension Settled.Ways {
  /// How many steps there are in it.
  var stepCount: Int {
    switch self {
    case .finish: 0
    case .step, .engine: 1
    case .branch(_, _, _, let yes, let no): yes.stepCount + no.stepCount
    case .choose(let ways): ways.reduce(0) { $0 + $1.stepCount }
    }
  }

  /// Where its steps lead.
  var targets: [Int] {
    switch self {
    case .finish: []
    case .step(let step): step.tree.leaves.map(\.target)
    case .engine(_, let yes, let no): [yes.target, no.target]
    case .branch(_, _, _, let yes, let no): yes.targets + no.targets
    case .choose(let ways): ways.flatMap(\.targets)
    }
  }

  /// Whether a step in it may leave a value that was nowhere before.
  var makesValues: Bool {
    switch self {
    case .finish: false
    case .step(let step):
      !(step.access.value?.isCopy ?? true)
        || step.tree.leaves.contains { leaf in
          leaf.registers.contains { !$0.term.isCopy } || leaf.writes.contains { !$0.term.isCopy }
        }
    case .engine(_, let yes, let no):
      (yes.registers + no.registers).contains { !$0.term.isCopy }
    case .branch(_, _, _, let yes, let no): yes.makesValues || no.makesValues
    case .choose(let ways): ways.contains(where: \.makesValues)
    }
  }
}

extension Settled.Tree {
  var leaves: [Settled.Leaf] {
    switch self {
    case .leaf(let leaf): [leaf]
    case .branch(_, let yes, let no): yes.leaves + no.leaves
    case .assertion(_, _, let next): next.leaves
    }
  }
}
