/// Turns the steps an author composed into a flat program.
///
/// First the statements become a graph, from the last to the first, each knowing where the program
/// goes on after it. Then the places where an actor can wait are numbered in the order in which the
/// program reaches them.
struct ProgramCompiler {
  private enum Node {
    case step(StepDefinition, calls: [String], next: Int, otherwise: Int)
    case choice([Int])
    case branch(StepDefinition.Guard, yes: Int, no: Int)
    case jump(Int?)
    case finish
  }

  /// What `Return`, `Break`, `Continue` and labels mean at some place.
  private struct Scope {
    var calls: [String] = []
    var labels = LabelTable()
    var returnTarget: Int
    var answers: (yes: Int, no: Int)?
    var loop: (exit: Int, start: Int)?
  }

  private final class LabelTable {
    var nodes: [String: Int] = [:]
    var defined: Set<String> = []
  }

  private var nodes: [Node] = []
  private var labelTables: [LabelTable] = []
  private var problems: [String] = []

  /// The compiled program.
  ///
  /// - Throws: `ModelError` for a label that is missing or there twice, a `Break` outside a loop, a
  ///   `Return` with an answer nobody asked for or without one that is due, a loop or choice that
  ///   takes no step.
  static func compile(_ steps: Steps, actor: String) throws(ModelError) -> Program {
    var compiler = ProgramCompiler()
    let finish = compiler.add(.finish)
    var scope = Scope(returnTarget: finish)
    scope.labels = compiler.newLabels()
    let entry = compiler.compile(steps, next: finish, in: scope)
    compiler.checkLabels()
    let program = compiler.problems.isEmpty ? compiler.flatten(from: entry) : nil
    guard let program, compiler.problems.isEmpty else {
      throw ModelError(compiler.problems.map { "actor '\(actor)': \($0)" })
    }
    return program
  }

  // MARK: The graph

  private mutating func add(_ node: Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func add(
    _ step: StepDefinition, calls: [String], next: Int, otherwise: Int
  ) -> Int {
    if let problem = step.problem {
      problems.append("the step '\(step.name)' (\(step.declaration)): \(problem)")
    }
    return add(.step(step, calls: calls, next: next, otherwise: otherwise))
  }

  private mutating func newLabels() -> LabelTable {
    let table = LabelTable()
    labelTables.append(table)
    return table
  }

  private mutating func compile(_ steps: Steps, next: Int, in scope: Scope) -> Int {
    var entry = next
    for statement in steps.statements.reversed() {
      entry = compile(statement, next: entry, in: scope)
    }
    return entry
  }

  private mutating func compile(_ statement: Statement, next: Int, in scope: Scope) -> Int {
    switch statement {
    case .step(let step):
      return add(step, calls: scope.calls, next: next, otherwise: next)
    case .branch(let condition, let then, let otherwise):
      let yes = compile(then, next: next, in: scope)
      let no = compile(otherwise, next: next, in: scope)
      return compile(condition, yes: yes, no: no, in: scope)
    case .choose(let ways):
      let entries = ways.map { compile($0, next: next, in: scope) }
      if entries.isEmpty { problems.append("a Choose has no ways") }
      return add(.choice(entries))
    case .loop(let body):
      let start = add(.jump(nil))
      var inner = scope
      inner.loop = (exit: next, start: start)
      nodes[start] = .jump(compile(body, next: start, in: inner))
      return start
    case .call(let name, let body):
      var inner = innerScope(of: name, in: scope)
      inner.returnTarget = next
      return compile(body, next: next, in: inner)
    case .label(let name):
      if !scope.labels.defined.insert(name).inserted {
        problems.append("the label '\(name)' is there twice")
      }
      let place = labelNode(name, in: scope)
      nodes[place] = .jump(next)
      return place
    case .goto(let name):
      return labelNode(name, in: scope)
    case .return(let answer):
      return compileReturn(answer, in: scope)
    case .break:
      if scope.loop == nil { problems.append("a Break stands outside every Loop") }
      return scope.loop?.exit ?? next
    case .continue:
      if scope.loop == nil { problems.append("a Continue stands outside every Loop") }
      return scope.loop?.start ?? next
    case .finish:
      return add(.finish)
    }
  }

  private mutating func compile(_ condition: Condition, yes: Int, no: Int, in scope: Scope) -> Int {
    switch condition.kind {
    case .test(let step):
      return add(step, calls: scope.calls, next: yes, otherwise: no)
    case .register(let predicate):
      return add(.branch(predicate, yes: yes, no: no))
    case .not(let inverse):
      return compile(inverse, yes: no, no: yes, in: scope)
    case .misused(let problem):
      problems.append(problem)
      return yes
    case .call(let name, let body):
      var inner = innerScope(of: name, in: scope)
      inner.answers = (yes, no)
      // The end of the body is a place without an answer; reaching it is the author's mistake.
      let end = add(.jump(nil))
      return compile(body, next: end, in: inner)
    }
  }

  private mutating func compileReturn(_ answer: Bool?, in scope: Scope) -> Int {
    switch (answer, scope.answers) {
    case (let answer?, let answers?): return answer ? answers.yes : answers.no
    case (nil, nil): return scope.returnTarget
    case (_?, nil):
      problems.append("a Return answers where nothing was asked")
    case (nil, _?):
      problems.append("a Return gives no answer in '\(scope.calls.last ?? "")', which needs one")
    }
    return scope.returnTarget
  }

  private mutating func innerScope(of name: String, in scope: Scope) -> Scope {
    Scope(
      calls: scope.calls + [name], labels: newLabels(), returnTarget: scope.returnTarget,
      answers: nil, loop: nil)
  }

  private mutating func labelNode(_ name: String, in scope: Scope) -> Int {
    if let node = scope.labels.nodes[name] { return node }
    let node = add(.jump(nil))
    scope.labels.nodes[name] = node
    return node
  }

  private mutating func checkLabels() {
    for table in labelTables {
      for name in table.nodes.keys.sorted() where !table.defined.contains(name) {
        problems.append("there is no label '\(name)'")
      }
    }
  }

  // MARK: The locations

  /// Follows jumps to a place where something happens.
  private mutating func resolve(_ node: Int) -> Int {
    var place = node
    var length = 0
    while case .jump(let target) = nodes[place] {
      guard let target else {
        return fail("a Condition(call:) ends without Return(true) or Return(false)")
      }
      place = target
      length += 1
      if length > nodes.count { return fail("a Loop takes no step") }
    }
    return place
  }

  private mutating func fail(_ problem: String) -> Int {
    if !problems.contains(problem) { problems.append(problem) }
    return 0  // the finish node
  }

  private mutating func flatten(from entry: Int) -> Program {
    var flattening = Flattening()
    let start = continuation(at: entry, &flattening, depth: 0)
    // Numbering a location discovers more of them; the list grows while it is walked.
    var number = 0
    while number < flattening.order.count {
      let node = flattening.order[number]
      let first = flattening.alternatives.count
      for alternative in waysOut(of: node, conditions: []) {
        guard case .step(let step, let calls, let next, let otherwise) = nodes[alternative.node]
        else { continue }
        flattening.alternatives.append(
          Program.Alternative(
            step: step, calls: calls, conditions: alternative.conditions,
            next: continuation(at: next, &flattening, depth: 0),
            otherwise: continuation(at: otherwise, &flattening, depth: 0)))
      }
      let here = flattening.alternatives[first...]
      // Whether an actor may rest is known by its location alone.
      if let step = here.first(where: { $0.step.mayRest && !$0.conditions.isEmpty })?.step {
        problems.append(
          "the step '\(step.name)' may rest, but is a way of a Choose behind a question about "
            + "registers")
      }
      flattening.locations.append(
        Program.Location(
          alternatives: first..<flattening.alternatives.count,
          mayRest: here.isEmpty || here.contains { $0.step.mayRest }))
      number += 1
    }
    return Program(
      start: start, locations: flattening.locations, alternatives: flattening.alternatives,
      branches: flattening.branches)
  }

  private struct Flattening {
    var numbers: [Int: Int] = [:]
    var order: [Int] = []
    var locations: [Program.Location] = []
    var alternatives: [Program.Alternative] = []
    var branches: [Program.Branch] = []
    var branchNumbers: [Int: Int] = [:]
  }

  private mutating func continuation(
    at node: Int, _ flattening: inout Flattening, depth: Int
  ) -> Program.Continuation {
    let place = resolve(node)
    if case .branch(let predicate, let yes, let no) = nodes[place] {
      if let number = flattening.branchNumbers[place] { return .branch(number) }
      if depth > nodes.count { return .location(fail("a Loop takes no step")) }
      let branch = Program.Branch(
        predicate: predicate, yes: continuation(at: yes, &flattening, depth: depth + 1),
        no: continuation(at: no, &flattening, depth: depth + 1))
      flattening.branches.append(branch)
      flattening.branchNumbers[place] = flattening.branches.count - 1
      return .branch(flattening.branches.count - 1)
    }
    // Every finish is the same place.
    let key = if case .finish = nodes[place] { 0 } else { place }
    if let number = flattening.numbers[key] { return .location(number) }
    flattening.numbers[key] = flattening.order.count
    flattening.order.append(key)
    return .location(flattening.order.count - 1)
  }

  /// The questions about registers that may stand one after the other before a step.
  private static let mostQuestions = 16

  /// The steps that a waiting place offers, choices within choices and branches spread out.
  private mutating func waysOut(
    of node: Int, conditions: [Program.RegisterCondition], after passed: [Int] = []
  ) -> [(node: Int, conditions: [Program.RegisterCondition])] {
    let place = resolve(node)
    if !problems.isEmpty { return [] }
    if passed.contains(place) {
      _ = fail("a Loop takes no step")
      return []
    }
    let passed = passed + [place]
    switch nodes[place] {
    case .step:
      return [(place, conditions)]
    case .choice(let entries):
      return entries.flatMap { waysOut(of: $0, conditions: conditions, after: passed) }
    case .branch(_, let yes, let no) where resolve(yes) == resolve(no):
      return waysOut(of: yes, conditions: conditions, after: passed)
    case .branch(let predicate, let yes, let no):
      if conditions.count >= Self.mostQuestions {
        _ = fail("a way of a Choose begins with more than \(Self.mostQuestions) questions")
        return []
      }
      return [(yes, true), (no, false)].flatMap { target, expected in
        waysOut(
          of: target,
          conditions: conditions + [.init(predicate: predicate, expected: expected)],
          after: passed)
      }
    case .finish:
      if passed.count > 1 { _ = fail("a way of a Choose ends the program without a step") }
      return []
    case .jump:
      return []
    }
  }
}
