import ModelChecking

// What races have besides C's expressions: claims, waits, choices, quantifiers.
extension Lowering {
  mutating func own(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value? {
    switch name {
    case "likely", "unlikely", "__builtin_expect":
      guard let first = arguments.first else {
        report("'\(name)' wants a condition", at: spot)
        return .unknown
      }
      return value(of: first)
    case "claim": return claim(arguments, at: spot)
    case "__bug_unless" where isVocabulary:
      return assertKernels(arguments, at: spot)
    case "__warn_unless" where isVocabulary:
      return assertKernels(arguments, isWarning: true, at: spot)
    case "__free_pages_prepare" where isVocabulary: return prepareToFree(arguments, at: spot)
    case "__start_of_section" where isVocabulary: return startOfSection(at: spot)
    case "await", "await_or_rest", "await_asleep": return wait(name, arguments, at: spot)
    case "choose": return choose(arguments, at: spot)
    case "all", "any", "count": return quantified(name, arguments, at: spot)
    case "min", "max", "min_t", "max_t":
      guard arguments.count >= 2 else { return nil }
      let (a, b) = (
        value(of: arguments[arguments.count - 2]), value(of: arguments[arguments.count - 1])
      )
      let isLess = arithmetic(.less, a, b, at: spot).term
      let type = common(a.type, b.type)
      let (first, second) = (converted(a, to: type), converted(b, to: type))
      return Value(
        term: name.hasPrefix("min")
          ? .making(isLess, then: first, otherwise: second)
          : .making(isLess, then: second, otherwise: first), type: type)
    case "BIT":
      guard want(1, arguments, of: name, at: spot) else { return .unknown }
      return arithmetic(
        .shiftLeft, Value(term: .one, type: .sized(64, isSigned: false)), value(of: arguments[0]),
        at: spot)
    case "IS_ERR", "IS_ERR_OR_NULL", "PTR_ERR", "ERR_PTR", "ARRAY_SIZE":
      report("'\(name)' is not understood: write the comparison or number out", at: spot)
      return .unknown
    default:
      return Vocabulary.isPassedOver(name) && world.functions[name] == nil ? Self.nothing : nil
    }
  }

  /// `claim("sentence", condition)`: must be true when the next step is taken.
  mutating func claim(_ arguments: [Expression], at spot: Spot) -> Value {
    guard arguments.count == 2, case .string(let text) = arguments[0].kind else {
      report("a claim has a sentence and a condition: 'claim(\"...\", condition)'", at: spot)
      return .unknown
    }
    if mode != .code {
      report("a claim stands before an atomic block, or outside", at: spot)
      return .unknown
    }
    let holds = truth(of: arguments[1])
    let statement = Flow.Statement(
      text: text, isKernels: false, isWarning: false,
      line: world.text.sourceLine(of: callSpot ?? spot))
    claim(statement, holds, at: spot)
    return Self.nothing
  }

  private var isVocabulary: Bool { frames.last?.isVocabulary == true }

  /// `__bug_unless("BUG: ...", condition)` and `__warn_unless`, in the vocabulary alone: what the kernel says where the
  /// next step finds that it is not so.
  private mutating func assertKernels(
    _ arguments: [Expression], isWarning: Bool = false, at spot: Spot
  ) -> Value {
    guard arguments.count == 2, case .string(let text) = arguments[0].kind else { return .unknown }
    complain(text, isWarning: isWarning, unless: truth(of: arguments[1]), at: spot)
    return Self.nothing
  }

  /// Whether a condition is true, as a property sees it: nothing is accessed.
  private mutating func truth(of condition: Expression) -> Term {
    let was = mode
    mode = .property
    defer { mode = was }
    return value(of: condition).term.asTruth
  }

  /// `await(condition)`: goes on once it is true. `await_or_rest` may stay there for good, and `await_asleep`
  /// sleeps until then.
  mutating func wait(_ name: String, _ arguments: [Expression], at spot: Spot) -> Value {
    guard want(1, arguments, of: name, at: spot), let condition = arguments.last else {
      return .unknown
    }
    if mode != .code {
      report("'\(name)' stands first in an atomic block, or outside", at: spot)
      return .unknown
    }
    isAwaited = true
    let wanted = truth(of: condition)
    isAwaited = false
    var addresses: [Term] = []
    wanted.forEachCell { if !addresses.contains($0) { addresses.append($0) } }
    if addresses.count > 1 {
      report(
        "this waits for several variables at once, which takes several accesses: wait for one, or write "
          + "'atomic(\"why nobody comes in between\") { await(...); ... }'", at: condition.spot)
      return .unknown
    }
    if name == "await_asleep" { noteSleep(at: spot) }
    if name == "await_or_rest" { checkReadSections(at: spot) }
    if let address = addresses.first { checkUse(of: address, at: spot) }
    let isForOne = addresses.count == 1
    let enabled = isForOne ? wanted.substituting({ _ in nil }, cell: { _ in .seen }) : wanted
    emit(
      access(isForOne ? .load : .pause, name: shown(spot), at: spot) {
        $0.address = addresses.first ?? .zero
        $0.enabled = enabled
        $0.ordering = .relaxed
        $0.mayRest = name == "await_or_rest"
        $0.sleeps = name == "await_asleep"
      })
    return Self.nothing
  }

  /// `choose(n)`: any of 0 to n - 1. `choose(a, b)`: any of a to b.
  mutating func choose(_ arguments: [Expression], at spot: Spot) -> Value {
    if mode != .code {
      report("'choose' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    let numbers = arguments.compactMap { wantConstant($0) }
    guard numbers.count == arguments.count, (1...2).contains(numbers.count) else {
      if numbers.count == arguments.count {
        report("'choose' takes a number of ways, or the least and the greatest", at: spot)
      }
      return .unknown
    }
    let (least, greatest) = numbers.count == 1 ? (0, numbers[0] - 1) : (numbers[0], numbers[1])
    if least > greatest || greatest - least > 255 {
      report("'choose' has 1 to 256 ways, and this has \(greatest - least + 1)", at: spot)
      return .unknown
    }
    let variable = newVariable("choose()", .integer, at: spot)
    settleClaims()
    emit { next in .choose(variable, least...greatest, next: next) }
    return Value(term: .variable(variable), type: .integer)
  }

  /// `all(i, n, condition)`, `any(...)`, `count(...)`: of each i from 0 to n - 1.
  mutating func quantified(_ name: String, _ arguments: [Expression], at spot: Spot)
    -> Value?
  {
    guard mode != .code else { return nil }
    guard arguments.count == 3, case .name(let index) = arguments[0].kind,
      let count = wantConstant(arguments[1])
    else {
      report(
        "'\(name)' takes a name, a number and a condition: '\(name)(i, PAGES, pages[i].x == 0)'",
        at: spot)
      return .unknown
    }
    if count > 256 { report("'\(name)' goes over 256 at most", at: spot) }
    var result = name == "all" ? Term.one : .zero
    for number in 0..<min(max(0, count), 256) {
      quantifiedCases += 1
      if quantifiedCases > Self.mostQuantifiedCases {
        report(
          "properties go over more than \(Self.mostQuantifiedCases) cases, with 'all' and the like in one another",
          at: spot)
        return .unknown
      }
      frames[frames.count - 1].scopes.append([:])
      bound[index] = number
      let term = value(of: arguments[2]).term.asTruth
      bound[index] = nil
      frames[frames.count - 1].scopes.removeLast()
      switch name {
      case "all": result = .making(.and, result, term)
      case "any": result = .making(.or, result, term)
      default: result = .making(.add, result, term)
      }
    }
    return Value(term: result, type: .integer)
  }
}
