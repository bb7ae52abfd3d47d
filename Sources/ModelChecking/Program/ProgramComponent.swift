/// Something a program is made of: a step, a branch, a call, or a sequence of them.
public protocol ProgramComponent {
  /// The component as a sequence.
  var steps: Steps { get }
}

/// A sequence of program components, which is what kernel functions return.
public struct Steps: ProgramComponent, Sendable {
  let statements: [Statement]
  /// How deep statements stand within statements.
  let depth: Int

  /// Statements that stand deeper are a mistake: whatever goes through a program may have a small stack.
  static let mostDepth = 256

  public var steps: Steps { self }

  /// No step at all.
  public static let none = Steps([])

  init(_ statements: [Statement]) {
    let inner = statements.map(\.innerDepth).max() ?? 0
    depth = min(inner + 1, Self.mostDepth + 1)
    self.statements = inner < Self.mostDepth ? statements : [.tooDeep]
  }

  /// A sequence written out.
  public init(@StepsBuilder _ body: () -> Steps) { self = body() }
}

/// What a program says, before it is compiled into locations.
indirect enum Statement: Sendable {
  case step(StepDefinition)
  case branch(Condition, then: Steps, otherwise: Steps)
  case choose([Steps])
  case loop(Steps)
  case call(Called, Steps)
  /// Steps after a first one, with a last one on every way out of them.
  case guarded(StepDefinition, Steps, release: StepDefinition)
  case label(String)
  case goto(String)
  case `return`(Bool?)
  case `break`
  case `continue`
  case finish
}

/// A function where it is called.
struct Called: Sendable {
  let name: String
  /// Which of a front end's calls it is; nil where each statement is one.
  var place: Int?
}

extension Statement {
  /// How deep statements stand within it.
  fileprivate var innerDepth: Int {
    switch self {
    case .branch(let condition, let then, let otherwise):
      max(condition.depth, then.depth, otherwise.depth)
    case .choose(let ways): ways.map(\.depth).max() ?? 0
    case .loop(let body), .call(_, let body), .guarded(_, let body, _): body.depth
    case .step, .label, .goto, .return, .break, .continue, .finish: 0
    }
  }

  /// What stands for statements that stand too deep.
  fileprivate static let tooDeep = Statement.branch(
    Condition(
      kind: .misused("its statements stand more than \(Steps.mostDepth) deep within one another")),
    then: .none, otherwise: .none)
}

extension Condition {
  fileprivate var depth: Int {
    switch kind {
    case .call(_, let body): body.depth
    case .not(let inner): inner.depth
    case .test, .register, .misused: 0
    }
  }
}
