import ModelChecking

extension Lowering {
  /// A call: of a function of the file, of the vocabulary's, or of what is understood by itself.
  mutating func call(
    _ name: String, _ arguments: [Expression], of expression: Expression, isWanted: Bool
  ) -> Value {
    if let variable = local(name) {
      report(
        "'\(name)' is a variable"
          + (flow.variables[variable].type.pointee == nil
            ? "" : ": a pointer to a function is not understood"),
        at: expression.spot)
      return .unknown
    }
    if let function = world.functions[name] {
      let arguments =
        function.isVocabulary ? withoutWaitEntry(name, arguments, at: expression.spot) : arguments
      let was = checksUse
      if Self.endsOfCallers.contains(name) { checksUse = false }
      defer { checksUse = was }
      return inlined(function, arguments, of: expression)
    }
    if let value = builtIn(name, arguments, of: expression, isWanted: isWanted) { return value }
    report(
      Vocabulary.refusal(of: name)
        ?? "there is no function '\(name)'"
        + hint(name, world.functions.keys.sorted() + Vocabulary.names.sorted()), at: expression.spot
    )
    for argument in arguments { _ = value(of: argument) }
    return .unknown
  }

  /// The arguments without the entry of a wait queue, as `&wait` of `DEFINE_WAIT(wait)`, for an actor has one at most;
  /// and with the state in which it sleeps, where that is left out.
  private mutating func withoutWaitEntry(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> [Expression] {
    switch (name, arguments.count) {
    case ("finish_wait", 2): return [arguments[0]]
    case ("prepare_to_wait", 3):
      if let state = wantConstant(arguments[2]), state == 0 {
        report(
          "who prepares to wait is not running: 'TASK_UNINTERRUPTIBLE' or 'TASK_INTERRUPTIBLE'",
          at: arguments[2].spot)
      }
      return [arguments[0], arguments[2]]
    case ("prepare_to_wait", 1):
      return arguments + [Expression(kind: .name("TASK_UNINTERRUPTIBLE"), spot: spot)]
    default: return arguments
    }
  }

  private mutating func inlined(
    _ known: World.KnownFunction, _ arguments: [Expression], of expression: Expression
  ) -> Value {
    let function = known.syntax
    calledFunctions.insert(function.name)
    if mode == .property {
      report("a property calls no function: it looks at variables", at: expression.spot)
      return .unknown
    }
    if frames.count > Self.mostCalls || frames.contains(where: { $0.name == function.name }) {
      let isRecursive = frames.contains { $0.name == function.name }
      report(
        isRecursive
          ? "'\(function.name)' calls itself: a function is put in where it is called, so write a loop"
          : "calls stand more than \(Self.mostCalls) deep within one another", at: expression.spot)
      return .unknown
    }
    if flow.nodes.count > Self.mostNodes {
      report("the actor has too many places once all calls are put in", at: expression.spot)
      return .unknown
    }
    if arguments.count != function.parameters.count {
      report(
        "'\(function.name)' takes \(function.parameters.count) argument\(function.parameters.count == 1 ? "" : "s"), "
          + "and here \(arguments.count == 1 ? "is 1" : "are \(arguments.count)")",
        at: expression.spot)
    }
    let values = arguments.map { value(of: $0) }
    if known.isVocabulary && callSpot == nil {
      for ((parameter, value), argument) in zip(zip(function.parameters, values), arguments)
      where !isMeant(value, for: parameter) {
        report(
          "'\(function.name)' wants a '\(parameter.type.name)', and this is '\(value.type.name)'",
          at: argument.spot)
        return .unknown
      }
    }
    let end = newNode()
    let result = type(of: function.result)
    var frame = Frame(
      name: function.name, isVocabulary: known.isVocabulary,
      stepName: function.isStep ? shown(expression.spot) : nil,
      result: result, end: end)
    if result != .void {
      frame.resultVariable = newVariable(
        "\(function.name)()", result.isScalar ? result : .unknown, at: expression.spot)
    }
    let outerSpot = callSpot
    if known.isVocabulary && callSpot == nil { callSpot = expression.spot }
    var locals: [(String, Int, Spot)] = []
    for (number, parameter) in function.parameters.enumerated() where number < values.count {
      let type = type(of: parameter.type)
      if callSpot == nil || !known.isVocabulary {
        check(values[number], fits: type, at: arguments[number].spot)
      }
      let isArray = !parameter.counts.isEmpty
      let variable = newVariable(
        parameter.name, isArray ? .pointer(type) : type.isScalar ? type : .unknown,
        at: parameter.spot)
      locals.append((parameter.name, variable, parameter.spot))
      if parameter.type.pointsToVolatile { volatilePointers.insert(variable) }
      if case .variable(let passed) = values[number].term, let count = arrayCounts[passed] {
        arrayCounts[variable] = count
      }
      assign(variable, converted(values[number], to: isArray ? .pointer(type) : type))
    }
    frames.append(frame)
    for (name, variable, spot) in locals where !name.isEmpty { declare(name, variable, at: spot) }
    lowerBody(function.body) { _ in }
    finishFrame(function.body)
    let finished = frames.removeLast()
    if !known.isVocabulary { checkReturns(finished, function) }
    flow.nodes[here] = .jump(end)
    here = end
    callSpot = outerSpot
    return finished.resultVariable.map { Value(term: .variable($0), type: result) }
      ?? Value(term: .zero, type: .void)
  }

  /// Whether a value may be what a function of the vocabulary asks for: a pointer to that structure.
  private func isMeant(_ value: Value, for parameter: Declarator) -> Bool {
    guard case .structure(let tag) = parameter.type.base else { return true }
    switch value.type {
    case .pointer(.structure(let other)): return other == tag || tag == "folio"
    case .pointer(.lock): return type(of: parameter.type) == value.type
    case .pointer(.void), .pointer(.unknown), .unknown, .enumeration: return true
    default: return false
    }
  }
}
