/// Goes one way for each value that a field may have: `switch (READ_ONCE(x))`.
///
///     Switch("switch (page->type)", .load(page.type), over: [.offline, .buddy]) { type in
///       ...
///     } otherwise: {
///       ...
///     }
///
/// It takes one step, which sees the value. A value that has no way is waited for to change: where it never
/// does, that is found as a deadlock.
public struct Switch: ProgramComponent {
  public let steps: Steps

  /// - Parameters:
  ///   - values: those that have ways of their own, each once.
  ///   - otherwise: the way of all others.
  public init<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, over values: [Value], file: String = #filePath,
    line: Int = #line, @StepsBuilder _ way: (Value) -> Steps,
    @StepsBuilder otherwise: () -> Steps
  ) {
    let declaration = SourceLine(file: file, line: line)
    let step = Self.step(name, load, at: declaration) { value in !values.contains(value) }
    steps = Steps([
      .choose(Self.ways(name, load, values, declaration, way) + [Self.way(step, otherwise())])
    ])
  }

  /// The same where all values have ways.
  public init<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, over values: [Value], file: String = #filePath,
    line: Int = #line, @StepsBuilder _ way: (Value) -> Steps
  ) {
    let declaration = SourceLine(file: file, line: line)
    steps = Steps([.choose(Self.ways(name, load, values, declaration, way))])
  }

  private static func ways<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, _ values: [Value], _ declaration: SourceLine,
    _ way: (Value) -> Steps
  ) -> [Steps] {
    values.enumerated().map { number, value in
      let isTwice = values.prefix(number).contains(value)
      let step = step(
        name, load, at: declaration, problem: isTwice ? "\(value.label) has two ways" : nil
      ) { $0 == value }
      return Self.way(step, way(value))
    }
  }

  private static func way(_ step: StepDefinition, _ steps: Steps) -> Steps {
    Steps([.step(step)] + steps.statements)
  }

  /// The step that sees a value of which something is true.
  private static func step<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, at declaration: SourceLine, problem: String? = nil,
    where isSeen: @escaping @Sendable (Value) -> Bool
  ) -> StepDefinition {
    StepDefinition(
      name, .load(load.location.numbers, load.ordering), answers: false,
      when: load.location.guarding { value, _ in isSeen(value) }, at: declaration, problem: problem
    ) { _ in true }
  }
}
