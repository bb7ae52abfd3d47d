// Declarations outside functions, functions, and actors with what stands before them.
extension Parser {
  mutating func parseDeclaration() {
    let start = token.spot
    var attributes = Attributes()
    while isAtName && (token.text.hasPrefix("__") || isQualifier(token)) {
      if !parseAttribute(&attributes) { break }
    }
    if let number = actorNumber, isAt(.open, ahead: 1) {
      return parseActor(number, attributes, from: attributes.spot ?? start)
    }
    var isGhost = take(word: "ghost")
    if !isType(at: position), isAtName, !isAt(.star, ahead: 1), token(ahead: 1).kind != .name {
      let (name, spot) = (token.text, token.spot)
      let isCall = isAt(.open, ahead: 1)
      report(
        isCall
          ? ["assert", "static_assert", "BUG_ON"].contains(name)
            ? "'\(name)' is no property: 'always(\"...\", condition);' is what is always so, 'forall (condition)' what "
              + "is so at the end, and in a function stands 'BUG_ON(!condition);'"
            : name == name.uppercased()
              ? refusal(ofDefinition: name)
              : "'\(name)' has no type before it: 'void \(name)(...)'; actors are called P0, P1 ..."
          : "'\(name)' begins no declaration" + hint(name, Self.words), at: spot)
      if isCall && isAt(.open, ahead: 1) {
        // What follows is a function all the same.
        if !Self.words.contains(where: { $0 == name }), let body = functionEnd() {
          position = body
          return
        }
      }
      return skipStatement()
    }
    guard var type = parseTypeName() else { return skipStatement() }
    if attributes.isVolatile { type.volatileDepths.insert(0) }
    if isAt(word: "ghost") { isGhost = take(word: "ghost") }
    if let number = actorNumber, isAt(.open, ahead: 1) {
      return parseActor(number, attributes, from: attributes.spot ?? start)
    }
    if isAt(.semicolon) { return advance() }
    skipQualifiers()
    if isAtName && isAt(.open, ahead: 1) { return parseFunction(type, attributes, from: start) }
    parseGlobals(type, isGhost: isGhost)
  }

  private mutating func parseGlobals(_ type: TypeName, isGhost: Bool) {
    var type = type
    repeat {
      guard let declarator = parseDeclarator(type, isGhost: isGhost) else { return skipStatement() }
      race.globals.append(declarator)
      // `int *a, b`: the stars belong to the name.
      type.pointerDepth = 0
    } while take(.comma)
    if !want(.semicolon, "after '\(race.globals.last?.name ?? "")'") { skipStatement() }
  }

  /// The position behind the body of a function that begins here; nil where none does.
  private func functionEnd() -> Int? {
    var look = position
    var (parentheses, braces) = (0, 0)
    while look < tokens.count - 1 {
      switch tokens[look].kind {
      case .sign(.open): parentheses += 1
      case .sign(.close): parentheses -= 1
      case .sign(.braceOpen): braces += 1
      case .sign(.braceClose):
        braces -= 1
        if braces == 0 { return look + 1 }
      case .sign(.semicolon): if braces == 0 && parentheses == 0 { return nil }
      default: break
      }
      look += 1
    }
    return nil
  }

  private var actorNumber: Int? {
    guard isAtName, token.text.first == "P" else { return nil }
    return Int(token.text.dropFirst())
  }

  /// - Returns: whether there was one.
  private mutating func parseAttribute(_ attributes: inout Attributes) -> Bool {
    let start = token.spot
    switch token.text {
    case "__name":
      advance()
      want(.open, "after '__name'")
      attributes.name = wantString("the name of the actor")
      want(.close, "after the name")
    case "__times":
      advance()
      want(.open, "after '__times'")
      attributes.times = parseAssignment()
      want(.close, "after the number")
    case "__cpu":
      advance()
      want(.open, "after '__cpu'")
      attributes.cpu = parseAssignment()
      want(.close, "after the number")
    case "__softirq": advance(); attributes.kind = .softirq
    case "__interrupt", "__irq": advance(); attributes.kind = .interrupt
    case "__forever": advance(); attributes.duty = .mayRunForever
    case "__may_be_stopped": advance(); attributes.duty = .mayBeStopped
    case "__step": advance(); attributes.isStep = true
    default:
      if isQualifier(token) {
        if skipQualifiers() { attributes.isVolatile = true }
        return true
      }
      if isType(at: position) { return false }
      report(
        "'\(token.text)' is not understood"
          + hint(
            token.text,
            [
              "__name", "__times", "__cpu", "__softirq", "__interrupt", "__forever",
              "__may_be_stopped", "__step",
            ]),
        at: start)
      advance()
      if isAt(.open) { skipParentheses() }
    }
    attributes.spot = attributes.spot ?? start
    return true
  }

  private mutating func parseActor(_ number: Int, _ attributes: Attributes, from start: Spot) {
    let type = TypeName(base: .void, spot: token.spot)
    guard let function = parseFunctionBody(type, isStep: false) else { return }
    if race.actors.contains(where: { $0.number == number }) {
      report("the actor 'P\(number)' is there twice", at: function.spot)
      return
    }
    race.actors.append(
      ActorSyntax(
        function: function, number: number, name: attributes.name, times: attributes.times,
        cpu: attributes.cpu, kind: attributes.kind, duty: attributes.duty,
        spot: start.to(function.spot)))
  }

  private mutating func parseFunction(_ type: TypeName, _ attributes: Attributes, from start: Spot)
  {
    if attributes.name != nil || attributes.times != nil || attributes.cpu != nil {
      report(
        "'\(token.text)' is no actor, which are called P0, P1 ...", at: attributes.spot ?? start)
    }
    guard let function = parseFunctionBody(type, isStep: attributes.isStep) else { return }
    if !functionNames.insert(function.name).inserted {
      report("the function '\(function.name)' is there twice", at: function.spot)
      return
    }
    race.functions.append(function)
  }

  private mutating func parseFunctionBody(_ type: TypeName, isStep: Bool) -> Function? {
    let (name, start) = (token.text, token.spot)
    advance()
    want(.open, "after '\(name)'")
    var parameters: [Declarator] = []
    if isAt(word: "void") && isAt(.close, ahead: 1) { advance() }
    while !isAt(.close) && !token.isEnd {
      guard let type = parseTypeName() else {
        while !isAt(.close) && !isAt(.comma) && !isAt(.braceOpen) && !token.isEnd { advance() }
        if !take(.comma) { break }
        continue
      }
      if isAt(.comma) || isAt(.close) {
        // A declaration without names.
        parameters.append(Declarator(type: type, name: "", spot: type.spot))
      } else if let declarator = parseDeclarator(type) {
        parameters.append(declarator)
      }
      if !take(.comma) { break }
    }
    want(.close, "after the parameters of '\(name)'")
    let spot = start.to(lastSpot)
    skipQualifiers()
    if take(.semicolon) { return nil }
    let body = parseStatement()
    return Function(
      name: name, result: type, parameters: parameters, body: body, spot: spot, isStep: isStep)
  }
}
