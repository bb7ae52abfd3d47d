import ModelChecking

/// What an actor does, as a graph: shared accesses, and the work on local variables between them.
struct Flow: Sendable {
  enum Node: Sendable {
    case jump(Int)
    case assign(Int, Term, next: Int)
    /// - Parameter question: nil where nobody asks: where the front end branches.
    case branch(Term, question: Question?, yes: Int, no: Int)
    /// The environment gives a variable any of some values.
    case choose(Int, ClosedRange<Int>, next: Int)
    /// The environment goes any of several ways.
    case either([Int])
    case access(Access, next: Int)
    /// Bookkeeping, or a store within an atomic block: rides on the step before.
    case write(Term, Term, next: Int)
    /// `BUG_ON(term)`.
    case assertion(Statement, Term, next: Int)
    case finish
  }

  /// A local variable, or what a step saw.
  struct Variable: Sendable {
    let name: String
    let type: CType
    var range: ClosedRange<Int>?
    let line: SourceLine
    let spot: Spot
    /// Whether the file declares it in the body of a function.
    var isDeclared = false

    /// Whether it is a variable of the file's, or the result of a function. Others hold what an expression has
    /// come to so far.
    var isNamed: Bool { name.wholeMatch(of: /[A-Za-z_][A-Za-z_0-9]*(\(\))?/) != nil }
  }

  /// A function where it is called.
  struct Call: Sendable {
    let name: String
    /// Tells the calls of an actor from one another.
    let place: Int
  }

  /// A question of the file's, as coverage tells of it.
  struct Question: Sendable {
    let text: String
    let calls: [Call]
    let line: SourceLine
    /// Whether the file asks for a local variable. What it asks of numbers alone, as in `if (0)`, is answered on
    /// purpose.
    var isOfVariable = false
  }

  /// An assertion of the kernel's, or a claim of the author's.
  struct Statement: Sendable, Hashable {
    let text: String
    let isKernels: Bool
    let isWarning: Bool
    let line: SourceLine
    /// Whether it follows from a rule of the kernel's and stands nowhere in the file: where it is known to be
    /// met, nothing is told of it.
    var isImplied = false
  }

  var nodes: [Node] = []
  var variables: [Variable] = []
  var start = 0
  /// Variables that properties look at when the actor is at its end.
  var observed: Set<Int> = []
  /// Where the actor's body ends in the file.
  var line = SourceLine(file: "", line: 1)
  /// Whether local variables are 0 at first, as herd has them.
  var beginsWithZero = false
}

/// One shared access, or another step.
struct Access: Sendable {
  enum Kind: Sendable {
    case load, store, update
    /// A place where others may come in between.
    case pause
    case fence(Fence)
    /// Several cells at once.
    case section(Grounds)
    /// An operation that the engine has: a lock, RCU, interrupts.
    case engine(EngineDeed)
  }

  struct Grounds: Sendable {
    var reason: String?
    var taking: Term?
    var holding: Term?
  }

  var kind: Kind
  var address = Term.zero
  var ordering = Operation.Ordering.plain
  /// The value that a store or update leaves.
  var value: Term?
  /// An update leaves it only where this is true.
  var isWritten: Term?
  /// The step waits until this is true.
  var enabled: Term?
  /// The variable that gets what was seen.
  var result: Int?
  var mayRest = false
  var sleeps = false
  /// Whether it stands in `data_race()`.
  var mayRace = false
  /// Of `ASSERT_EXCLUSIVE_WRITER()` and its like: what others may not do at the same time.
  var exclusion: RaceExclusion?
  var claims: [(statement: Flow.Statement, holds: Term)] = []
  let name: String
  let calls: [Flow.Call]
  let line: SourceLine
  let spot: Spot
}

/// What the engine has steps for.
enum EngineDeed: Sendable {
  case lock(LockDeed, Term, LockContext)
  case context(ContextDeed)
  case rcuReadLock, rcuReadUnlock, synchronizeRCU
  /// Of who doesn't sleep in it, as callbacks.
  case gracePeriod

  /// What is turned off with a lock.
  enum LockContext: Sendable { case none, bottomHalves, interrupts }

  enum LockDeed: String, Sendable {
    case acquire, tryAcquire, release, assertHeld
    case acquireRead, acquireWrite, releaseRead, releaseWrite, tryAcquireRead, tryAcquireWrite
    case downgradeWrite, assertHeldForReading, assertHeldForWriting

    var answers: Bool {
      switch self {
      case .tryAcquire, .tryAcquireRead, .tryAcquireWrite: true
      default: false
      }
    }
  }

  enum ContextDeed: Sendable {
    case preemptDisable, preemptEnable, bottomHalvesDisable, bottomHalvesEnable, interruptsSave,
      interruptsRestore
  }

  /// Whether it has an answer.
  var answers: Bool { if case .lock(let deed, _, _) = self { deed.answers } else { false } }
}
