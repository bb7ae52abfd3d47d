import ModelChecking

/// Turns the functions of a race into flows: each shared access of an expression becomes a node in C's order
/// of evaluation, and what is left is terms over local variables. Calls are put in where they stand.
///
/// This file has what the others share: nodes, variables, scopes, mistakes.
struct Lowering: Diagnosing {
  /// What an access comes to.
  enum Mode {
    /// A step of its own.
    case code
    /// A part of the step that an atomic block is.
    case section
    /// A look at a state, which takes no step: properties, claims, what ghosts get.
    case property
  }

  struct Value {
    let term: Term
    let type: CType

    static let unknown = Value(term: .zero, type: .unknown)
  }

  /// Where something can be stored.
  enum Place {
    case local(Int)
    /// - Parameter isGhost: whether it keeps books: no access, and nobody can branch on it.
    case memory(Term, CType, isGhost: Bool)
    case unknown
  }

  /// A function that is being put in, or the actor.
  struct Frame {
    let name: String
    let isVocabulary: Bool
    /// The call that its one step is named by.
    let stepName: String?
    let result: CType
    var resultVariable: Int?
    let end: Int
    var scopes: [[String: Int]] = [[:]]
    var labels: [String: Label] = [:]
    /// Where labels are gone to: where each stands is known at the end.
    var gotos: [Goto] = []
    /// - guards: how many locks were held by scopes where it began.
    var loops: [(exit: Int, next: Int?, guards: Int)] = []
    var guards: [HeldGuard] = []
    /// By position of a `case`: its node.
    var cases: [Int: Int] = [:]
    var hasReturnedValue = false
    /// Whether the file's own code has looked at the `list` of a page in it.
    var hasSeenList = false
  }

  struct Label {
    let node: Int
    let spot: Spot
    /// The guards that are held there; nil where it isn't placed yet.
    var guards: [HeldGuard]?
  }

  struct Goto {
    let label: String
    let spot: Spot
    /// Where it goes on.
    let node: Int
    /// What is held where it stands, and the names that are known there.
    let guards: [HeldGuard]
    let scopes: [[String: Int]]
  }

  let world: World
  var flow = Flow()
  /// The node that is written next.
  var here = 0
  var frames: [Frame] = []
  var mode = Mode.code
  var diagnostics = Diagnostics()
  var pendingClaims: [(statement: Flow.Statement, holds: Term, spot: Spot)] = []
  /// Which copy of an actor, its number among all and its CPU.
  var copy = 0
  var actor = 0
  var cpu = 0
  /// Whether the copy or CPU was asked for.
  var dependsOnCopy = false
  /// The local variables of actors, for properties: by actor and name.
  var observable: [Int: [String: (variable: Int, type: CType)]] = [:]
  /// What properties looked at.
  var observed: [Int: Set<Int>] = [:]
  /// Where the call of a vocabulary's function stands, which is told of in place of its own text.
  var callSpot: Spot?
  /// Which functions were put in.
  var calledFunctions: Set<String> = []
  /// By pointer that got an address: the local variable that it is of, or nil for what is shared.
  var pointerTargets: [Int: Int?] = [:]
  /// Pointers to what is volatile.
  var volatilePointers: Set<Int> = []
  /// An actor's parameters, which are addresses of shared variables.
  var parameters: Set<Int> = []

  /// Whether interrupts are off where the actor is, how many times preemption is, also with bottom halves and
  /// locks, and how many RCU read sections it is in: local variables, mostly known.
  var interruptsOff = 0
  var preemptionOff = 0
  var readSections = 0
  var isInterrupt = false
  /// Whether the file has read sections.
  let usesRCU: Bool
  /// Whether a grace period waits for who has preemption off.
  let waitsForPreemption: Bool
  /// Whether accesses claim that what they use was not freed.
  var checksUse = true

  /// Whether what is lowered is waited for.
  var isAwaited = false
  /// Where the local variable was declared that gets what is being lowered.
  var startVariable: Int?
  /// By that place: the number of a variable that gets the start of a read section of a seqcount.
  var starts: [Int: Int] = [:]

  /// Whether what is lowered stands in `data_race()`.
  var isInDataRace = false

  /// The most nodes of an actor.
  static let mostNodes = 60_000
  /// By variable that points to the first element of an array: how many there are, for messages.
  var arrayCounts: [Int: Int] = [:]
  /// How many cases `all`, `any` and `count` went over.
  var quantifiedCases = 0
  static let mostQuantifiedCases = 20_000
  /// What `all`, `any` and `count` go over, with its value.
  var bound: [String: Int] = [:]

  /// How deep calls may stand in one another.
  static let mostCalls = 48

  init(_ world: World) {
    self.world = world
    usesRCU = world.race.mentions(["rcu_read_lock"]) || world.race.guards.contains("rcu")
    waitsForPreemption = Self.waitsForPreemption(world)
  }

  // MARK: Mistakes

  mutating func report(_ message: String, at spot: Spot) {
    diagnostics.report(message, at: callSpot ?? spot)
  }

  /// The text that is being lowered: the file's, or the vocabulary's.
  var sourceText: SourceText { frames.last?.isVocabulary == true ? Vocabulary.text : world.text }

  /// A part of that text on one line.
  func shown(_ spot: Spot) -> String { sourceText.flatText(of: spot) }

  // MARK: Nodes

  mutating func newNode() -> Int {
    flow.nodes.append(.finish)
    return flow.nodes.count - 1
  }

  /// Writes the next node, which goes on at a new one.
  mutating func emit(_ node: (_ next: Int) -> Flow.Node) {
    let next = newNode()
    flow.nodes[here] = node(next)
    here = next
  }

  /// Goes on at a node; what follows here is not reached.
  mutating func jump(to node: Int) {
    flow.nodes[here] = .jump(node)
    here = newNode()
  }

  /// What follows stands at a node.
  mutating func place(_ node: Int) {
    settleClaims()
    flow.nodes[here] = .jump(node)
    here = node
  }

  /// - Parameters:
  ///   - words: where the file asks; nil where it doesn't.
  ///   - expression: what is asked.
  mutating func branch(
    _ term: Term, asked words: Spot?, of expression: Expression? = nil, yes: Int, no: Int
  ) {
    let question = words.map { spot in
      Flow.Question(
        text: shown(spot), calls: calls, line: world.text.sourceLine(of: callSpot ?? spot),
        isOfVariable: callSpot == nil && (expression.map(namesVariable) ?? false))
    }
    flow.nodes[here] = .branch(term, question: question, yes: yes, no: no)
    here = newNode()
  }

  /// Claims that no step follows before the program branches get a step of their own.
  ///
  /// - Parameter spot: where that is; nil for where the first of them stands.
  mutating func settleClaims(at spot: Spot? = nil) {
    if pendingClaims.isEmpty { return }
    let first = pendingClaims[0]
    emit(access(.pause, name: "claim: \(first.statement.text)", at: spot ?? first.spot))
  }

  /// Claims something of the next step.
  mutating func claim(_ statement: Flow.Statement, _ holds: Term, at spot: Spot) {
    pendingClaims.append((statement, holds, callSpot ?? spot))
  }

  /// An access with the claims that are due at it.
  mutating func access(
    _ kind: Access.Kind, name: String, at spot: Spot, _ change: (inout Access) -> Void = { _ in }
  ) -> (Int) -> Flow.Node {
    let step = frames.first { $0.stepName != nil }?.stepName
    var access = Access(
      kind: kind, name: step ?? name, calls: calls,
      line: world.text.sourceLine(of: callSpot ?? spot),
      spot: callSpot ?? spot)
    access.mayRace = isInDataRace
    change(&access)
    access.claims = pendingClaims.map { ($0.statement, $0.holds) }
    pendingClaims = []
    return { [access] next in .access(access, next: next) }
  }

  private var calls: [Flow.Call] {
    frames.dropFirst().prefix { $0.stepName == nil }.map { Flow.Call(name: $0.name, place: $0.end) }
  }

  // MARK: Variables

  mutating func newVariable(
    _ name: String, _ type: CType, range: ClosedRange<Int>? = nil, at spot: Spot
  ) -> Int {
    flow.variables.append(
      Flow.Variable(
        name: name, type: type, range: range ?? (type == .boolean ? 0...1 : nil),
        line: world.text.sourceLine(of: callSpot ?? spot), spot: callSpot ?? spot))
    return flow.variables.count - 1
  }

  mutating func declare(_ name: String, _ variable: Int, at spot: Spot) {
    let last = frames.count - 1
    let scope = frames[last].scopes.count - 1
    if frames[last].scopes[scope].updateValue(variable, forKey: name) != nil {
      report("the variable '\(name)' is declared twice", at: spot)
    }
  }

  func local(_ name: String) -> Int? {
    guard let frame = frames.last else { return nil }
    return frame.scopes.reversed().lazy.compactMap { $0[name] }.first
  }

  mutating func assign(_ variable: Int, _ term: Term) {
    notePointer(variable, term)
    let type = flow.variables[variable].type
    let term = type == .boolean ? term.asTruth : term
    emit { next in .assign(variable, term, next: next) }
  }

  /// A pointer to a local variable always points to that one, so that what it points to is known.
  private mutating func notePointer(_ variable: Int, _ term: Term) {
    guard flow.variables[variable].type.pointee != nil else { return }
    let target = localVariable(at: term)
    if let known = pointerTargets.updateValue(target, forKey: variable), known != target {
      let name = flow.variables[variable].name
      let local = (known ?? target).map { flow.variables[$0].name } ?? ""
      report(
        "'\(name)' points to the local variable '\(local)', and elsewhere to something else: a pointer to a "
          + "local variable points to one alone", at: flow.variables[variable].spot)
    }
  }

  mutating func withScope(_ body: (inout Lowering) -> Void) {
    frames[frames.count - 1].scopes.append([:])
    body(&self)
    endGuardsOfScope()
    frames[frames.count - 1].scopes.removeLast()
  }

  // MARK: Actors

  /// The flow of an actor.
  mutating func lower(_ actor: ActorSyntax) -> Flow {
    flow = Flow()
    pointerTargets = [:]
    volatilePointers = []
    parameters = []
    arrayCounts = [:]
    starts = [:]
    flow.beginsWithZero = world.race.final != nil
    flow.line = world.text.sourceLine(of: Self.end(of: actor.function.body))
    here = newNode()
    flow.start = here
    let end = newNode()
    frames = [
      Frame(name: "P\(actor.number)", isVocabulary: false, stepName: nil, result: .void, end: end)
    ]
    beginContexts(of: actor)
    for parameter in actor.function.parameters {
      guard let variable = world.memory.variables[parameter.name], variable.type != .unknown else {
        declare(
          parameter.name, newVariable(parameter.name, .unknown, at: parameter.spot),
          at: parameter.spot)
        continue
      }
      checkParameter(parameter, variable, of: actor)
      let local = newVariable(
        parameter.name, .pointer(variable.type.elementOrSelf), at: parameter.spot)
      declare(parameter.name, local, at: parameter.spot)
      parameters.insert(local)
      if parameter.type.pointsToVolatile { volatilePointers.insert(local) }
      if case .array(_, let count) = variable.type { arrayCounts[local] = count }
      assign(local, .constant(Address.of(cell: variable.firstCell)))
    }
    lowerBody(actor.function.body) { lowering in
      lowering.noteObservable(actor.number)
    }
    finishFrame(actor.function.body)
    place(end)
    flow.nodes[here] = .finish
    frames = []
    return flow
  }

  private mutating func noteObservable(_ actor: Int) {
    var names: [String: (variable: Int, type: CType)] = [:]
    for scope in frames[0].scopes {
      for (name, variable) in scope { names[name] = (variable, flow.variables[variable].type) }
    }
    observable[actor] = names
  }

  private mutating func checkParameter(
    _ parameter: Declarator, _ variable: Memory.Variable, of actor: ActorSyntax
  ) {
    if parameter.type.pointerDepth == 0 && parameter.counts.isEmpty {
      report(
        "a parameter of an actor is a pointer to the shared variable of its name: '*\(parameter.name)'",
        at: parameter.spot)
    }
  }

  /// A function nobody calls, so that what is wrong in it is told all the same.
  mutating func check(_ function: Function) {
    flow = Flow()
    starts = [:]
    here = newNode()
    flow.start = here
    let end = newNode()
    frames = [
      Frame(
        name: function.name, isVocabulary: false, stepName: nil, result: type(of: function.result),
        end: end)
    ]
    beginContexts(of: nil)
    for parameter in function.parameters {
      let local = newVariable(parameter.name, type(of: parameter.type), at: parameter.spot)
      if !parameter.name.isEmpty { declare(parameter.name, local, at: parameter.spot) }
    }
    lowerBody(function.body) { _ in }
    finishFrame(function.body)
    checkReturns(frames[0], function)
    frames = []
  }

  /// The statements of a function's body, in the scope of its parameters.
  mutating func lowerBody(_ body: Statement, atEnd: (inout Lowering) -> Void) {
    guard case .block(let statements) = body.kind else { return lower(body) }
    frames[frames.count - 1].scopes.append([:])
    for statement in statements { lower(statement) }
    atEnd(&self)
    endGuardsOfScope()
    frames[frames.count - 1].scopes.removeLast()
  }

  mutating func checkReturns(_ frame: Frame, _ function: Function) {
    if frame.result != .void && !frame.hasReturnedValue {
      report(
        "'\(function.name)' returns \(frame.result.name), and has no 'return' with a value",
        at: function.spot)
    }
  }

  /// The closing brace of a function's body.
  private static func end(of body: Statement) -> Spot {
    Spot(start: max(body.spot.start, body.spot.end - 1), end: body.spot.end)
  }

  /// What must be true where a function ends.
  mutating func finishFrame(_ body: Statement) {
    settleClaims(at: callSpot ?? Self.end(of: body))
    guard let frame = frames.last else { return }
    let placed = frame.labels.filter { $0.value.guards != nil }.keys.sorted()
    for (name, label) in frame.labels.sorted(by: { $0.key < $1.key }) where label.guards == nil {
      report("there is no label '\(name)'" + hint(name, placed), at: label.spot)
    }
    settleGotos()
  }

  // MARK: Types

  func type(of name: TypeName) -> CType {
    var builder = TypeReader(world: world)
    return builder.type(of: name)
  }
}
