/// A schedule: the steps that lead from an initial state to what was found, in order.
public struct Trace: Sendable {
  /// The number of the initial state, from 0; always 0 where there is one only.
  public let initialState: Int

  public let steps: [TraceStep]

  /// Whether no schedule of so few steps has fewer switches between actors. False where a limit was
  /// reached before that was known.
  public internal(set) var hasFewestSwitches = true

  /// For a goal that is out of reach after `steps`: how the schedule may go on, up to where it
  /// begins to repeat itself or can't go on.
  public let onward: [TraceStep]

  /// The steps that then go round for ever. Empty where the schedule ends.
  public let loop: [TraceStep]

  /// Every step, those of the loop once.
  package var allSteps: [TraceStep] { steps + onward + loop }

  public init(
    from initialState: Int = 0, steps: [TraceStep], onward: [TraceStep] = [],
    loop: [TraceStep] = []
  ) {
    self.initialState = initialState
    self.steps = steps
    self.onward = onward
    self.loop = loop
  }

  /// How often the schedule goes over from one actor to another.
  public var contextSwitches: Int {
    zip(steps, steps.dropFirst()).count { $0.actor != $1.actor }
  }
}

/// One step of a trace, with what it saw and did.
public struct TraceStep: Sendable, Equatable {
  /// Which step of which actor it is.
  public let move: Move
  public let actor: String
  public let cpu: Int
  /// The functions the step is nested in, outermost first.
  public let calls: [String]
  /// By function of `calls`: which call of it in the actor's program that is, so that two calls of one function
  /// that come one after the other can be told apart.
  public let callSites: [Int]
  public let name: String
  /// The fields that the step read, or an assertion at it, with the values they saw; shared ones only.
  public let reads: [FieldRead]
  /// The ghost fields that the step's bookkeeping or assertions read.
  public let ghostReads: [FieldRead]
  /// The fields whose value the step changed.
  public let changes: [FieldChange]
  /// The registers among `changes` whose change tells nobody anything, as a register that a front end sets back.
  public let quietRegisters: Set<String>
  /// The shared fields to which the step stored the value that they had, with that value.
  public let stores: [FieldRead]
  /// The local variables that the actor keeps in its place in the program and that have other values behind the step.
  public let placed: [FieldRead]
  /// Where the step's action is written.
  public let declaration: SourceLine
}

extension TraceStep {
  /// The changes that are worth telling of.
  public var toldChanges: [FieldChange] { changes.filter { !quietRegisters.contains($0.field) } }
}

/// A value that a step saw.
public struct FieldRead: Sendable, Equatable, Codable {
  public let field: String
  public let value: String

  package init(field: String, value: String) {
    self.field = field
    self.value = value
  }
}

/// A value that a step changed.
public struct FieldChange: Sendable, Equatable, Codable {
  public let field: String
  public let before: String
  public let after: String
}
