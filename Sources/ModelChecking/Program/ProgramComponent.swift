/// Something a program is made of: a step, a branch, a call, or a sequence of them.
public protocol ProgramComponent {
  /// The component as a sequence.
  var steps: Steps { get }
}

/// A sequence of program components, which is what kernel functions return.
public struct Steps: ProgramComponent, Sendable {
  let statements: [Statement]

  public var steps: Steps { self }

  /// No step at all.
  public static let none = Steps([])

  init(_ statements: [Statement]) { self.statements = statements }

  /// A sequence written out.
  public init(@StepsBuilder _ body: () -> Steps) { self = body() }
}

/// What a program says, before it is compiled into locations.
indirect enum Statement: Sendable {
  case step(StepDefinition)
  case branch(Condition, then: Steps, otherwise: Steps)
  case choose([Steps])
  case loop(Steps)
  case call(String, Steps)
  case label(String)
  case goto(String)
  case `return`(Bool?)
  case `break`
  case `continue`
  case finish
}
