import ModelChecking

// The words that races have besides C's, outside functions.
extension Parser {
  mutating func parsePiece() {
    let start = token.spot
    let isSwitch = isAt(word: "switch")
    advance()
    guard let (name, spot) = wantName("the name of the piece") else { return skipStatement() }
    let summary = token.kind == .string ? token.text : nil
    if summary == nil {
      report("what the piece does is missing: piece \(name) \"what it does\";", at: spot)
    }
    if summary != nil { advance() }
    var source: String?
    if take(.comma), let text = wantString("the source of the piece") { source = text }
    if !want(.semicolon, "after the piece") { skipStatement() }
    if race.pieces.contains(where: { $0.name == name }) {
      report("the piece '\(name)' is declared twice", at: spot)
    }
    race.pieces.append(
      PieceSyntax(
        name: name, isSwitch: isSwitch, summary: summary ?? "", source: source, spot: start.to(spot)
      ))
  }

  mutating func parseBound() {
    let start = token.spot
    advance()
    guard let (name, spot) = wantName("the name of the bound") else { return skipStatement() }
    want(.assign, "after 'bound \(name)'")
    let value = wantNumber()
    var large: Int?
    var range: ClosedRange<Int>?
    while take(.comma) {
      if take(word: "large") {
        large = wantNumber()
      } else if take(word: "in") {
        let least = wantNumber()
        want(.range, "in a range: 'in 1..6'")
        let greatest = wantNumber()
        if least <= greatest {
          range = least...greatest
        } else {
          report("the range \(least)..\(greatest) has no value", at: lastSpot)
        }
      } else {
        report("'large N' or 'in N..N' is missing before \(shown(token))", at: token.spot)
        break
      }
    }
    var summary = ""
    if token.kind == .string { summary = wantString("what it counts") ?? "" }
    if !want(.semicolon, "after the bound") { skipStatement() }
    let greatest = max(value, large ?? value)
    if race.bounds.contains(where: { $0.name == name }) {
      report("the bound '\(name)' is declared twice", at: spot)
      return
    }
    let all = range ?? min(1, value)...greatest
    for (what, number) in [("value", value), ("large value", large ?? value)]
    where !all.contains(number) {
      report(
        "the \(what) \(number) of bound '\(name)' is outside its range \(all.lowerBound)..\(all.upperBound)",
        at: spot)
      return
    }
    race.bounds.append(
      BoundSyntax(
        name: name, summary: summary, value: value, large: large ?? value, range: all,
        spot: start.to(spot)))
  }

  mutating func wantNumber() -> Int {
    let isNegative = take(.minus)
    if case .number(let value) = token.kind {
      advance()
      return isNegative ? -value : value
    }
    report("a number is missing before \(shown(token))", at: token.spot)
    return 0
  }

  mutating func parseVariant() {
    let start = token.spot
    let isFix = take(word: "fix")
    if !take(word: "variant") { report("'variant' is missing after 'fix'", at: token.spot) }
    guard let (name, spot) = wantHyphenated("the name of the variant") else {
      return skipStatement()
    }
    let summary = token.kind == .string ? token.text : nil
    if summary != nil { advance() }
    var source: String?
    if take(.comma) { source = wantString("the source of the variant") }
    want(.colon, "after the name of the variant: 'variant \(name): PIECES; expect holds'")
    var pieces: [(name: String, spot: Spot)] = []
    while isAtName && !isAt(word: "expect") {
      pieces.append((token.text, token.spot))
      advance()
      if !take(.comma) { break }
    }
    if !take(.semicolon) && !isAt(word: "expect") {
      report("';' is missing after the pieces, before \(shown(token))", at: after(lastSpot))
    }
    let expected = parseExpectations(of: name, at: spot)
    _ = take(.semicolon)
    if race.variants.contains(where: { $0.name == name }) {
      report("the variant '\(name)' is declared twice", at: spot)
    }
    race.variants.append(
      VariantSyntax(
        name: name, summary: summary, source: source, pieces: pieces, expected: expected,
        isFix: isFix,
        spot: start.to(spot)))
  }

  /// Whether a further expectation follows, behind a comma or as a line of its own.
  private mutating func takesAnotherExpectation() -> Bool {
    if take(.comma) { return true }
    guard isAt(.semicolon), token(ahead: 1).text == "expect" else { return isAt(word: "expect") }
    advance()
    return true
  }

  /// `expect holds on sc tso, expect violated "name" in 6 on lkmm`. What names no memory model is of `sc`.
  mutating func parseExpectations(of variant: String, at spot: Spot) -> [ExpectationSyntax] {
    var all: [ExpectationSyntax] = []
    repeat {
      if !take(word: "expect") {
        report(
          "what '\(variant)' must find is missing: 'expect holds' or 'expect violated in 5'",
          at: spot)
        break
      }
      var expected = ExpectationSyntax(spot: token.spot)
      guard let (kind, kindSpot) = wantHyphenated("what is expected") else { break }
      expected.kind = kind
      expected.spot = kindSpot
      if token.kind == .string { expected.property = wantString("the property") }
      if take(word: "in") {
        expected.steps = wantNumber()
        _ = take(word: "steps")
      }
      while isAt(.comma), token(ahead: 1).text == "warning" {
        advance()
        advance()
        let name = wantString("the property that warns") ?? ""
        if !take(word: "in") { report("'in N' is missing after the warning", at: token.spot) }
        expected.warnings.append((name, wantNumber()))
      }
      if take(word: "on") {
        while isAtName, let memoryModel = MemoryModel(rawValue: token.text) {
          expected.memoryModels.append((memoryModel, token.spot))
          advance()
        }
        if expected.memoryModels.isEmpty {
          let standing = isAtName ? MemoryModel.standing(for: token.text) : nil
          report(
            standing.map {
              "'\(token.text)' is no memory model here; '\($0.rawValue)' stands for it"
            }
              ?? "a memory model is missing: sc, tso or lkmm", at: token.spot)
        }
      } else {
        expected.memoryModels = [(.sc, kindSpot)]
      }
      all.append(expected)
    } while takesAnotherExpectation()
    return all
  }

  mutating func parseProperty(_ kind: PropertySyntax.Kind, from start: Spot) {
    if !want(.open, "after '\(text.text(of: start))'") { return skipStatement() }
    guard let name = wantString("the property in words") else { return skipStatement() }
    want(.comma, "after the words")
    var condition = parseAssignment()
    var when: Expression?
    if take(word: "when") || take(word: "whenever") {
      when = condition
      // `always("...", when a, b)` reads the condition first.
      want(.comma, "after 'when'")
      condition = parseAssignment()
    } else if isAt(.comma) {
      advance()
      if take(word: "when") || take(word: "whenever") {
        when = parseAssignment()
      } else {
        report("'when' is missing before \(shown(token))", at: token.spot)
      }
    }
    want(.close, "after the condition")
    want(.semicolon, "after '\(text.text(of: start))(...)'")
    race.properties.append(
      PropertySyntax(
        kind: kind, name: name, condition: condition, when: when, spot: start.to(lastSpot)))
  }

  mutating func parseUnreachable() {
    let start = token.spot
    advance()
    if !want(.open, "after 'unreachable'") { return skipStatement() }
    let name = wantString("the step or actor that never happens") ?? ""
    var answer: Bool?
    var actor: String?
    var function: String?
    var line: Int?
    var reason = ""
    while take(.comma) {
      if take(word: "yes") {
        answer = true
      } else if take(word: "no") {
        answer = false
      } else if take(word: "of") {
        actor = wantString("the actor")
      } else if take(word: "in") {
        function = wantString("the function")
      } else if take(word: "at") {
        line = wantNumber()
      } else {
        reason = wantString("the reason") ?? ""
        break
      }
    }
    want(.close, "after the reason")
    want(.semicolon, "after 'unreachable(...)'")
    race.unreachable.append(
      UnreachableSyntax(
        name: name, answer: answer, actor: actor, function: function, line: line,
        reason: reason,
        spot: start.to(lastSpot)))
  }

  mutating func parseFinal(_ kind: FinalSyntax.Kind, from start: Spot) {
    let condition = parseCondition()
    _ = take(.semicolon)
    if race.final != nil { report("a second condition of final states stands here", at: start) }
    race.final = FinalSyntax(kind: kind, condition: condition, spot: start.to(lastSpot))
  }

  mutating func parseLocations() {
    advance()
    if !want(.bracketOpen, "after 'locations'") { return }
    let was = isInCondition
    isInCondition = true
    while !isAt(.bracketClose) && !token.isEnd {
      let before = position
      race.locations.append(parseExpression())
      _ = take(.semicolon)
      if position == before { advance() }
    }
    isInCondition = was
    want(.bracketClose, "after the locations")
    _ = take(.semicolon)
  }
}
