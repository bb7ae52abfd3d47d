/// Puts components written one below the other into a sequence.
///
/// Swift's own `if` and `for` decide while the program is composed: that is how a variant leaves a
/// piece out. `If` and `Loop` decide while it runs.
@resultBuilder public enum StepsBuilder {
  public static func buildExpression(_ component: some ProgramComponent) -> Steps {
    component.steps
  }
  public static func buildBlock(_ parts: Steps...) -> Steps { joined(parts) }
  public static func buildArray(_ parts: [Steps]) -> Steps { joined(parts) }
  public static func buildOptional(_ part: Steps?) -> Steps { part ?? Steps([]) }
  public static func buildEither(first part: Steps) -> Steps { part }
  public static func buildEither(second part: Steps) -> Steps { part }

  private static func joined(_ parts: [Steps]) -> Steps { Steps(parts.flatMap(\.statements)) }
}

/// Collects the ways of a `Choose`.
@resultBuilder public enum WaysBuilder {
  public static func buildExpression(_ way: Way) -> [Way] { [way] }
  public static func buildBlock(_ ways: [Way]...) -> [Way] { ways.flatMap(\.self) }
  public static func buildArray(_ ways: [[Way]]) -> [Way] { ways.flatMap(\.self) }
  public static func buildOptional(_ ways: [Way]?) -> [Way] { ways ?? [] }
  public static func buildEither(first ways: [Way]) -> [Way] { ways }
  public static func buildEither(second ways: [Way]) -> [Way] { ways }
}
