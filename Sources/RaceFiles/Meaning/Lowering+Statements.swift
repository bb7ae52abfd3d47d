extension Lowering {
  mutating func lower(_ statement: Statement) {
    if flow.nodes.count > Self.mostNodes {
      return report(
        "the actor has more than \(Self.mostNodes) places once all calls are put in",
        at: statement.spot)
    }
    switch statement.kind {
    case .empty: return
    case .expression(let expression): lowerForEffect(expression)
    case .declaration(let declarators): for declarator in declarators { lower(declarator) }
    case .block(let statements):
      withScope { lowering in for statement in statements { lowering.lower(statement) } }
    case .if(let condition, let yes, let no): lowerIf(condition, yes, no)
    case .while(let condition, let body): lowerLoop(body, before: condition)
    case .doWhile(let body, let condition): lowerDoWhile(body, condition)
    case .for(let before, let condition, let after, let body):
      withScope { lowering in
        for statement in before { lowering.lower(statement) }
        lowering.lowerLoop(body, before: condition, after: after)
      }
    case .switch(let value, let body): lowerSwitch(value, body)
    case .case, .default: placeCase(statement)
    case .label(let name):
      let last = frames.count - 1
      let node = label(name, at: statement.spot)
      if frames[last].labels[name]?.guards != nil {
        report("the label '\(name)' is there twice", at: statement.spot)
      }
      frames[last].labels[name] = Label(
        node: node, spot: statement.spot, guards: frames[last].guards)
      place(node)
    case .goto(let name):
      settleClaims()
      _ = label(name, at: statement.spot)
      let last = frames.count - 1
      let node = newNode()
      frames[last].gotos.append(
        Goto(
          label: name, spot: statement.spot, node: node, guards: frames[last].guards,
          scopes: frames[last].scopes))
      jump(to: node)
    case .break:
      settleClaims()
      guard let loop = frames.last?.loops.last else {
        return report("this 'break' stands in no loop and no switch", at: statement.spot)
      }
      releaseGuards(downTo: loop.guards)
      jump(to: loop.exit)
    case .continue:
      settleClaims()
      guard let loop = frames.last?.loops.last(where: { $0.next != nil }), let next = loop.next
      else { return report("this 'continue' stands in no loop", at: statement.spot) }
      releaseGuards(downTo: loop.guards)
      jump(to: next)
    case .return(let value): lowerReturn(value, at: statement.spot)
    case .either(let ways): lowerEither(ways, at: statement.spot)
    case .atomic(let grounds, let body): lowerAtomic(grounds, body, at: statement.spot)
    case .held(let held): lower(held)
    case .heldWithin(let held, let body):
      // It is a `for` of one round, so `break` and `continue` leave it alone.
      let end = newNode()
      enterLoop(end, end)
      withScope { lowering in
        lowering.lower(held)
        lowering.lower(body)
      }
      frames[frames.count - 1].loops.removeLast()
      place(end)
    }
  }

  private mutating func label(_ name: String, at spot: Spot) -> Int {
    let last = frames.count - 1
    if let known = frames[last].labels[name] { return known.node }
    let node = newNode()
    frames[last].labels[name] = Label(node: node, spot: spot)
    return node
  }

  private mutating func lower(_ declarator: Declarator) {
    var reader = TypeReader(world: world)
    let type = reader.type(of: declarator.type)
    if let problem = reader.problem { report(problem, at: declarator.type.spot) }
    if !declarator.counts.isEmpty {
      report(
        "a local array is not understood: declare '\(declarator.name)' outside, or use several variables",
        at: declarator.spot)
    }
    switch type {
    case .structure, .lock:
      report(
        "a local '\(type.name)' is not understood: declare '\(declarator.name)' outside the functions",
        at: declarator.spot)
    case .void: report("'\(declarator.name)' is void", at: declarator.spot)
    default: break
    }
    let range: ClosedRange<Int>? = declarator.range.flatMap { least, greatest in
      guard let low = constant(least), let high = constant(greatest) else {
        report("a range has numbers that are known beforehand: 'in 0..7'", at: declarator.spot)
        return nil
      }
      if low > high {
        report(
          "the range \(low)..\(high) of '\(declarator.name)' has no value", at: declarator.spot)
        return nil
      }
      return low...high
    }
    let variable = newVariable(
      declarator.name, type.isScalar ? type : .unknown, range: range, at: declarator.spot)
    flow.variables[variable].isDeclared = callSpot == nil
    if declarator.type.pointsToVolatile { volatilePointers.insert(variable) }
    if let initial = declarator.initial {
      let value = valueGot(by: declarator.spot, initial)
      check(value, fits: type, at: initial.spot)
      declare(declarator.name, variable, at: declarator.spot)
      assign(variable, converted(value, to: type))
    } else {
      declare(declarator.name, variable, at: declarator.spot)
      setFromInitialBlock(declarator.name, variable)
    }
  }

  /// `0:r1 = 5;` in herd's initial block.
  private mutating func setFromInitialBlock(_ name: String, _ variable: Int) {
    guard frames.count == 1, frames[0].name.first == "P",
      let actor = Int(frames[0].name.dropFirst()),
      let item = world.race.localInitials.last(where: { $0.actor == actor && $0.name == name })
    else { return }
    if case .name(let target) = item.value.kind {
      assign(variable, addressOrConstant(target, at: item.value.spot).term)
    } else {
      assign(variable, value(of: item.value).term)
    }
  }

  private mutating func lowerIf(_ condition: Expression, _ yes: Statement, _ no: Statement?) {
    let (yesNode, noNode, end) = (newNode(), newNode(), newNode())
    lower(condition, yes: yesNode, no: noNode)
    here = yesNode
    withScope { $0.lower(yes) }
    settleClaims()
    jump(to: end)
    here = noNode
    if let no { withScope { $0.lower(no) } }
    settleClaims()
    flow.nodes[here] = .jump(end)
    here = end
  }

  private mutating func lowerLoop(
    _ body: Statement, before condition: Expression?, after: Expression? = nil
  ) {
    let (start, bodyNode, next, exit) = (newNode(), newNode(), newNode(), newNode())
    place(start)
    if let condition { lower(condition, yes: bodyNode, no: exit) } else { jump(to: bodyNode) }
    here = bodyNode
    enterLoop(exit, next)
    withScope { $0.lower(body) }
    frames[frames.count - 1].loops.removeLast()
    place(next)
    if let after { lowerForEffect(after) }
    settleClaims()
    flow.nodes[here] = .jump(start)
    here = exit
  }

  private mutating func enterLoop(_ exit: Int, _ next: Int?) {
    let last = frames.count - 1
    frames[last].loops.append((exit, next, frames[last].guards.count))
  }

  private mutating func lowerDoWhile(_ body: Statement, _ condition: Expression) {
    let (start, next, exit) = (newNode(), newNode(), newNode())
    place(start)
    enterLoop(exit, next)
    withScope { $0.lower(body) }
    frames[frames.count - 1].loops.removeLast()
    place(next)
    lower(condition, yes: start, no: exit)
    here = exit
  }

  // MARK: switch

  private mutating func lowerSwitch(_ value: Expression, _ body: Statement) {
    let switched = self.value(of: value)
    let exit = newNode()
    var cases: [(statement: Statement, node: Int)] = []
    collectCases(in: body, &cases)
    var defaultNode: Int?
    var values: [Int: Spot] = [:]
    let last = frames.count - 1
    for (statement, node) in cases {
      frames[last].cases[statement.spot.start] = node
      switch statement.kind {
      case .case(let expression):
        guard let constant = wantConstant(expression) else { continue }
        if values.updateValue(statement.spot, forKey: constant) != nil {
          report("this case is there twice", at: statement.spot)
        }
        let otherwise = newNode()
        branch(
          arithmetic(
            .equal, switched, Value(term: .constant(constant), type: .integer), at: statement.spot
          ).term, asked: statement.spot, of: value, yes: node, no: otherwise)
        here = otherwise
      default:
        if defaultNode != nil { report("a second 'default' stands here", at: statement.spot) }
        defaultNode = node
      }
    }
    jump(to: defaultNode ?? exit)
    enterLoop(exit, nil)
    withScope { $0.lower(body) }
    frames[last].loops.removeLast()
    place(exit)
  }

  /// The cases of a switch, those of switches within it left out.
  private mutating func collectCases(
    in statement: Statement, _ cases: inout [(statement: Statement, node: Int)]
  ) {
    switch statement.kind {
    case .case, .default: cases.append((statement, newNode()))
    case .block(let statements): for inner in statements { collectCases(in: inner, &cases) }
    case .if(_, let yes, let no):
      collectCases(in: yes, &cases)
      if let no { collectCases(in: no, &cases) }
    case .while(_, let body), .doWhile(let body, _), .for(_, _, _, let body):
      collectCases(in: body, &cases)
    default: return
    }
  }

  private mutating func placeCase(_ statement: Statement) {
    guard let node = frames.last?.cases[statement.spot.start] else {
      return report("this stands in no 'switch'", at: statement.spot)
    }
    place(node)
  }

  // MARK: Ends of functions

  private mutating func lowerReturn(_ value: Expression?, at spot: Spot) {
    let last = frames.count - 1
    if let value {
      let result = self.value(of: value)
      if frames[last].result == .void {
        let isNothing = result.type == .void || result.type == .unknown
        if !isNothing {
          report("'\(frames[last].name)' is void and returns a value", at: spot)
        }
      } else {
        check(result, fits: frames[last].result, at: value.spot)
        if let variable = frames[last].resultVariable {
          assign(variable, converted(result, to: frames[last].result))
        }
        frames[last].hasReturnedValue = true
      }
    } else if frames[last].result != .void && frames.count > 1 {
      report(
        "'\(frames[last].name)' returns \(frames[last].result.name), and no value stands here",
        at: spot)
    }
    settleClaims()
    releaseGuards(downTo: 0)
    jump(to: frames[last].end)
  }

  // MARK: What races have besides

  private mutating func lowerEither(_ ways: [Statement], at spot: Spot) {
    if mode == .section {
      return report("'either' can't stand in an atomic block, which is one step", at: spot)
    }
    settleClaims()
    let nodes = ways.map { _ in newNode() }
    let end = newNode()
    flow.nodes[here] = .either(nodes)
    for (way, node) in zip(ways, nodes) {
      here = node
      lower(way)
      settleClaims()
      flow.nodes[here] = .jump(end)
    }
    here = end
  }

  private mutating func lowerAtomic(_ grounds: [AtomicGround], _ body: Statement, at spot: Spot) {
    if mode != .code {
      return report("an atomic block can't stand in another", at: spot)
    }
    var section = Access.Grounds()
    for ground in grounds {
      switch ground.kind {
      case .reason(let reason):
        if reason.split(separator: " ").count < 3 {
          report("the reason must be a sentence that a reader can judge", at: ground.spot)
        }
        section.reason = reason
      case .taking(let lock): section.taking = lockAddress(lock, [.spinlock, .mutex], by: "atomic")
      case .holding(let lock):
        section.holding = lockAddress(lock, [.spinlock, .mutex], by: "atomic")
      }
    }
    let hasLock = section.taking != nil || section.holding != nil
    if hasLock && section.reason != nil {
      report("an atomic block has a lock or a reason, not both", at: spot)
    }
    if !hasLock && section.reason == nil { return }
    // What a section waits for comes first in it.
    var statements = [body]
    if case .block(let inner) = body.kind { statements = inner }
    var waits: [Expression] = []
    var (mayRest, sleeps) = (false, false)
    let names = ["await", "await_or_rest", "await_asleep"]
    while let first = statements.first, case .expression(let call) = first.kind,
      case .call(let name, let arguments) = call.kind, names.contains(name), arguments.count == 1
    {
      waits.append(arguments[0])
      mayRest = mayRest || name == "await_or_rest"
      sleeps = sleeps || name == "await_asleep"
      statements.removeFirst()
    }
    mode = .section
    var enabled: Term?
    let was = checksUse
    checksUse = false
    for wait in waits {
      let term = value(of: wait).term.asTruth
      enabled = enabled.map { .making(.and, $0, term) } ?? term
    }
    checksUse = was
    mode = .code
    if sleeps { noteSleep(at: spot) }
    emit(
      access(.section(section), name: sectionName(statements, at: spot), at: spot) {
        $0.enabled = enabled
        $0.mayRest = mayRest
        $0.sleeps = sleeps
      })
    mode = .section
    withScope { lowering in for statement in statements { lowering.lower(statement) } }
    mode = .code
  }

  /// What a trace calls an atomic block: its statements, where they are short.
  private func sectionName(_ statements: [Statement], at spot: Spot) -> String {
    guard let first = statements.first, let last = statements.last else { return "atomic { }" }
    let text = shown(first.spot.to(last.spot))
    let shown = text.hasSuffix(";") ? String(text.dropLast()) : text
    return shown.count <= 60 ? shown : "atomic, line \(world.text.line(of: spot.start))"
  }
}
