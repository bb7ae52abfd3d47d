/// Turns the steps an author composed into a flat program.
///
/// First the statements become a graph, from the last to the first, each knowing where the program
/// goes on after it. Then the places where an actor can wait are numbered in the order in which the
/// program reaches them.
struct ProgramCompiler {
  enum Node {
    case step(StepDefinition, calls: [Program.Call], next: Int, otherwise: Int)
    case choice([Int])
    case branch(StepDefinition.Guard, Program.RegisterQuestion?, yes: Int, no: Int)
    case jump(Int?)
    case finish
  }

  /// What `Return`, `Break`, `Continue` and labels mean at some place.
  private struct Scope {
    var calls: [Program.Call] = []
    var labels = LabelTable()
    var returnTarget: Int
    var answers: (yes: Int, no: Int)?
    var loop: (exit: Int, start: Int)?
    /// Where `Finish` leads.
    var finish: Int
    /// The guarded steps that the place is in, outermost first.
    var guards: [Guarded] = []
  }

  /// Guarded steps: what is due on every way out of them.
  private struct Guarded {
    let number: Int
    let release: StepDefinition
    let calls: [Program.Call]
  }

  /// A `Goto`, which may leave guarded steps whose label is not met yet.
  private struct Jump {
    let node: Int
    let label: String
    let scope: Scope
  }

  private final class LabelTable {
    var nodes: [String: Int] = [:]
    /// By label: the numbers of the guarded steps that it is in.
    var defined: [String: [Int]] = [:]
  }

  let actor: String
  let surroundings: Surroundings
  var nodes: [Node] = []
  var problems: [String] = []
  private var jumps: [Jump] = []
  private var guardCount = 0
  private var callCount = 0

  private init(_ actor: String, _ surroundings: Surroundings) {
    self.actor = actor
    self.surroundings = surroundings
  }

  /// The compiled program.
  ///
  /// - Throws: `ModelError` for a label that is missing or there twice, a `Break` outside a loop, a
  ///   `Return` with an answer nobody asked for or without one that is due, a loop or choice that
  ///   takes no step.
  static func compile(
    _ steps: Steps, actor: String, in surroundings: Surroundings
  ) throws(ModelError) -> Program {
    var compiler = ProgramCompiler(actor, surroundings)
    let finish = compiler.add(.finish)
    let scope = Scope(returnTarget: finish, finish: finish)
    let entry = compiler.compile(steps, next: finish, in: scope)
    compiler.connectJumps()
    let program = compiler.problems.isEmpty ? compiler.flatten(from: entry) : nil
    guard let program, compiler.problems.isEmpty else {
      throw ModelError(compiler.problems.map { "actor '\(actor)': \($0)" })
    }
    return program
  }

  // MARK: The graph

  mutating func add(_ node: Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func add(
    _ step: StepDefinition, calls: [Program.Call], next: Int, otherwise: Int
  ) -> Int {
    if let problem = step.problem {
      problems.append("the step '\(step.name)' (\(step.declaration)): \(problem)")
    }
    return add(.step(step, calls: calls, next: next, otherwise: otherwise))
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
    case .call(let called, let body):
      var inner = innerScope(of: called, in: scope)
      inner.returnTarget = next
      return compile(body, next: next, in: inner)
    case .guarded(let acquire, let body, let release):
      let inner = innerScope(guardedBy: release, in: scope)
      let end = add(release, calls: scope.calls, next: next, otherwise: next)
      let begin = compile(body, next: end, in: inner)
      return add(acquire, calls: scope.calls, next: begin, otherwise: begin)
    case .label(let name):
      let guards = scope.guards.map(\.number)
      if scope.labels.defined.updateValue(guards, forKey: name) != nil {
        problems.append("the label '\(name)' is there twice")
      }
      let place = labelNode(name, in: scope)
      nodes[place] = .jump(next)
      return place
    case .goto(let name):
      let node = add(.jump(nil))
      jumps.append(Jump(node: node, label: name, scope: scope))
      return node
    case .return(let answer):
      return compileReturn(answer, in: scope)
    case .break:
      if scope.loop == nil { problems.append("a Break stands outside every Loop") }
      return scope.loop?.exit ?? next
    case .continue:
      if scope.loop == nil { problems.append("a Continue stands outside every Loop") }
      return scope.loop?.start ?? next
    case .finish:
      return scope.finish
    }
  }

  private mutating func compile(_ condition: Condition, yes: Int, no: Int, in scope: Scope) -> Int {
    switch condition.kind {
    case .test(let step):
      return add(step, calls: scope.calls, next: yes, otherwise: no)
    case .register(let predicate, let words):
      let calls = scope.calls.map(\.name)
      let question = words.map { Program.RegisterQuestion(calls: calls, words: $0) }
      return add(.branch(predicate, question, yes: yes, no: no))
    case .not(let inverse):
      return compile(inverse, yes: no, no: yes, in: scope)
    case .misused(let problem):
      _ = fail(problem)
      return yes
    case .call(let called, let body):
      var inner = innerScope(of: called, in: scope)
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
      problems.append(
        "a Return gives no answer in '\(scope.calls.last?.name ?? "")', which needs one")
    }
    return scope.returnTarget
  }

  private mutating func innerScope(of called: Called, in scope: Scope) -> Scope {
    callCount += 1
    // A front end's numbers and the compiler's own don't meet.
    let site = called.place.map { -1 - $0 } ?? callCount
    let call = Program.Call(name: called.name, site: site)
    return Scope(
      calls: scope.calls + [call], labels: LabelTable(), returnTarget: scope.returnTarget,
      answers: nil, loop: nil, finish: scope.finish, guards: scope.guards)
  }

  /// The scope of guarded steps: what leaves it passes the release.
  private mutating func innerScope(
    guardedBy release: StepDefinition, in scope: Scope
  ) -> Scope {
    func passing(_ compiler: inout ProgramCompiler, to target: Int) -> Int {
      compiler.add(release, calls: scope.calls, next: target, otherwise: target)
    }
    var inner = scope
    inner.returnTarget = passing(&self, to: scope.returnTarget)
    inner.finish = passing(&self, to: scope.finish)
    if let (yes, no) = scope.answers {
      inner.answers = (passing(&self, to: yes), passing(&self, to: no))
    }
    if let (exit, start) = scope.loop {
      inner.loop = (passing(&self, to: exit), passing(&self, to: start))
    }
    inner.guards.append(Guarded(number: guardCount, release: release, calls: scope.calls))
    guardCount += 1
    return inner
  }

  /// Leads every `Goto` to its label, past the releases of the guarded steps that it leaves.
  private mutating func connectJumps() {
    for jump in jumps {
      let guards = jump.scope.guards
      guard let label = jump.scope.labels.nodes[jump.label],
        let outer = jump.scope.labels.defined[jump.label]
      else {
        problems.append("there is no label '\(jump.label)'")
        continue
      }
      if !guards.map(\.number).starts(with: outer) {
        problems.append("a Goto leads into the guarded steps of the label '\(jump.label)'")
      }
      nodes[jump.node] = .jump(
        guards.dropFirst(outer.count).reduce(label) { target, left in
          add(left.release, calls: left.calls, next: target, otherwise: target)
        })
    }
  }

  private mutating func labelNode(_ name: String, in scope: Scope) -> Int {
    if let node = scope.labels.nodes[name] { return node }
    let node = add(.jump(nil))
    scope.labels.nodes[name] = node
    return node
  }
}
