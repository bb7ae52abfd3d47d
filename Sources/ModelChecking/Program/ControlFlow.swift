/// A named function: its steps appear under its name in traces, and `Return` leaves it.
public struct Call: ProgramComponent {
  public let steps: Steps

  public init(_ name: String, @StepsBuilder _ body: () -> Steps) {
    steps = Steps([.call(Called(name: name), body())])
  }

  /// - Parameter place: the number of the call in the author's text, where its steps stand in several pieces:
  ///   they are one call.
  package init(_ name: String, place: Int, @StepsBuilder _ body: () -> Steps) {
    steps = Steps([.call(Called(name: name, place: place), body())])
  }
}

/// Goes one way where the condition answers yes, the other where it answers no.
public struct If: ProgramComponent {
  public let steps: Steps

  public init(
    _ condition: Condition, @StepsBuilder then: () -> Steps,
    @StepsBuilder otherwise: () -> Steps = { Steps.none }
  ) {
    steps = Steps([.branch(condition, then: then(), otherwise: otherwise())])
  }
}

/// Repeats its body for ever, or until `Break`, `Return` or `Finish`.
public struct Loop: ProgramComponent {
  public let steps: Steps

  public init(@StepsBuilder _ body: () -> Steps) { steps = Steps([.loop(body())]) }
}

/// Repeats its body while the condition, asked before each round, answers yes.
public struct While: ProgramComponent {
  public let steps: Steps

  public init(_ condition: Condition, @StepsBuilder _ body: () -> Steps) {
    steps = Steps([
      .loop(Steps([.branch(condition, then: body(), otherwise: Steps([.break]))]))
    ])
  }
}

/// Goes any of several ways: the search follows each that is enabled.
///
///     Choose(pages) { page in getPageUnlessZero(page) }
///     Choose { Way { putPage(page) }; Way { setPageOffline(page) } }
///
/// The choice itself takes no step: the first steps of all ways are enabled side by side.
public struct Choose: ProgramComponent {
  public let steps: Steps

  /// One way for each element.
  public init<Elements: Sequence>(
    _ elements: Elements, @StepsBuilder _ body: (Elements.Element) -> Steps
  ) {
    steps = Steps([.choose(elements.map(body))])
  }

  /// The ways written out.
  public init(@WaysBuilder _ ways: () -> [Way]) {
    steps = Steps([.choose(ways().map(\.steps))])
  }
}

/// One way of a `Choose`.
public struct Way: Sendable {
  let steps: Steps

  public init(@StepsBuilder _ body: () -> Steps) { steps = body() }
}

/// A place that `Goto` can name. Labels belong to the innermost `Call`.
public struct Label: ProgramComponent {
  public let steps: Steps

  public init(_ name: String) { steps = Steps([.label(name)]) }
}

/// Goes on at a label of the same `Call`.
public struct Goto: ProgramComponent {
  public let steps: Steps

  public init(_ label: String) { steps = Steps([.goto(label)]) }
}

/// Leaves the innermost `Call`, or ends the program outside every call.
public struct Return: ProgramComponent {
  public let steps: Steps

  public init() { steps = Steps([.return(nil)]) }

  /// Answers for the `Condition(call:)` that this is part of.
  public init(_ answer: Bool) { steps = Steps([.return(answer)]) }
}

/// Leaves the innermost `Loop` or `While`.
public struct Break: ProgramComponent {
  public let steps = Steps([.break])
  public init() {}
}

/// Begins the innermost `Loop` or `While` anew.
public struct Continue: ProgramComponent {
  public let steps = Steps([.continue])
  public init() {}
}

/// Ends the actor.
public struct Finish: ProgramComponent {
  public let steps = Steps([.finish])
  public init() {}
}
