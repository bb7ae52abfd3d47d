// What stands outside functions.
extension Parser {
  mutating func parseFile() {
    if token.kind == .title {
      race.title = token.text
      race.titleSpot = token.spot
      advance()
      if token.kind == .string { race.summary = wantString("the question") }
    }
    while !token.isEnd {
      let before = position
      parseItem()
      if position == before { advance() }
    }
  }

  /// What stands before an actor or function.
  struct Attributes {
    var name: String?
    var times: Expression?
    var cpu: Expression?
    var kind = ActorSyntax.Kind.task
    var duty = ActorSyntax.Duty.end
    var isStep = false
    var isVolatile = false
    var spot: Spot?
  }

  static let words = [
    "piece", "switch", "bound", "variant", "source", "always", "never", "reachable", "eventually",
    "unreachable", "data_races",
    "exists", "forall", "locations", "filter",
  ]

  mutating func parseItem() {
    switch token.kind {
    case .sign(.semicolon): return advance()
    case .sign(.braceOpen): return parseInitialBlock()
    case .sign(.tilde):
      let start = token.spot
      advance()
      if take(word: "exists") { return parseFinal(.notExists, from: start) }
      return report("'exists' is missing after '~'", at: start)
    case .string:
      if race.summary == nil {
        race.summary = wantString("the question")
        return
      }
      report("this text stands alone", at: token.spot)
      return advance()
    case .title:
      report("a second race begins here: a file has one", at: token.spot)
      return advance()
    case .name: break
    default:
      report("a declaration is missing before \(shown(token))", at: token.spot)
      return skipStatement()
    }
    parseWord()
  }

  mutating func parseWord() {
    skipStatic()
    let start = token.spot
    switch token.text {
    case "piece", "switch": parsePiece()
    case "bound": parseBound()
    case "variant", "fix": parseVariant()
    case "source":
      advance()
      if let text = wantString("the source") { race.sources.append(text) }
      want(.semicolon, "after the source")
    case "always":
      advance()
      if take(word: "reachable") {
        parseProperty(.alwaysReachable, from: start)
      } else {
        parseProperty(.always, from: start)
      }
    case "warn":
      advance()
      if !take(word: "always") { report("'always' is missing after 'warn'", at: token.spot) }
      parseProperty(.warnAlways, from: start)
    case "never":
      report(
        "a property is told by what holds: write 'always(\"...\", !(...))', with a sentence that says so",
        at: start)
      skipStatement()
    case "reachable":
      advance()
      parseProperty(.reachable, from: start)
    case "eventually":
      advance()
      parseProperty(.eventually, from: start)
    case "data_races":
      advance()
      race.dataRaces = start
      want(.semicolon, "after 'data_races'")
    case "unreachable": parseUnreachable()
    case "exists":
      advance()
      parseFinal(.exists, from: start)
    case "forall":
      advance()
      parseFinal(.forall, from: start)
    case "filter":
      advance()
      race.filter = parseCondition()
      _ = take(.semicolon)
    case "locations": parseLocations()
    case "typedef": parseTypedef()
    case _ where Self.definitions[token.text] != nil: parseDefinition()
    case "DEFINE_PER_CPU": parsePerCPU()
    case "EXPORT_SYMBOL", "EXPORT_SYMBOL_GPL", "MODULE_LICENSE", "module_init", "module_exit":
      advance()
      skipParentheses()
    default:
      mendKeyword()
      parseDeclaration()
    }
  }

  // MARK: Declarations

  /// `{ int x = 0; y = &x; 0:r1 = 5; }`: herd's initial values, and declarations.
  mutating func parseInitialBlock() {
    let start = token.spot
    advance()
    while !isAt(.braceClose) && !token.isEnd {
      let before = position
      parseInitial()
      if position == before { advance() }
    }
    if !take(.braceClose) { report("this '{' has no '}'", at: start) }
  }

  mutating func parseInitial() {
    if isAt(.semicolon) { return advance() }
    if parseLocalInitial() { return }
    skipStatic()
    if Self.definitions[token.text] != nil { return parseDefinition() }
    if token.text == "DEFINE_PER_CPU" { return parsePerCPU() }
    mendKeyword()
    let isBracketed = take(.bracketOpen)
    if isAtName && !isType(at: position) {
      let (name, spot) = (token.text, token.spot)
      if token(ahead: 1).kind == .name || isAt(.star, ahead: 1) {
        report(
          "there is no type '\(name)'" + hint(name, Self.kernelTypes.sorted() + ["int"])
            + Self.advice(onType: name), at: spot)
        return skipStatement()
      }
      advance()
      if isBracketed { want(.bracketClose, "after the name") }
      if isAt(.bracketOpen) || isAt(.dot) {
        report("the whole of '\(name)' gets its values where it is declared: '= { ... }'", at: spot)
        return skipStatement()
      }
      guard want(.assign, "after '\(name)'") else { return skipStatement() }
      race.initials.append((name, parseAssignment(), spot))
      if !isAt(.braceClose) { want(.semicolon, "after the value") }
      return
    }
    race.globals += parseDeclarators()
  }

  /// `0:r1 = 5;`, `int *0:r1;`: a local variable of an actor.
  mutating func parseLocalInitial() -> Bool {
    var ahead = 0
    while token(ahead: ahead).kind == .name || isAt(.star, ahead: ahead) { ahead += 1 }
    guard case .number(let actor) = token(ahead: ahead).kind, isAt(.colon, ahead: ahead + 1),
      token(ahead: ahead + 2).kind == .name
    else { return false }
    position += ahead + 2
    let name = token.text
    advance()
    if take(.assign) { race.localInitials.append((actor, name, parseAssignment())) }
    if !isAt(.braceClose) { want(.semicolon, "after the value") }
    return true
  }

  /// The kernel's macros that declare something, with its type.
  private static let definitions: [String: TypeName.Base] = [
    "DEFINE_SPINLOCK": .named("spinlock_t"), "DEFINE_RAW_SPINLOCK": .named("spinlock_t"),
    "DEFINE_RWLOCK": .named("rwlock_t"), "DEFINE_MUTEX": .structure("mutex"),
    "DECLARE_RWSEM": .structure("rw_semaphore"),
    "DEFINE_STATIC_PERCPU_RWSEM": .structure("percpu_rw_semaphore"),
    "DECLARE_COMPLETION": .structure("completion"),
    "DECLARE_WAIT_QUEUE_HEAD": .structure("wait_queue_head"),
    "DEFINE_SEQLOCK": .structure("seqlock"), "DEFINE_SRCU": .structure("srcu_struct"),
    "DEFINE_STATIC_SRCU": .structure("srcu_struct"), "DECLARE_WORK": .structure("work_struct"),
    "DEFINE_TIMER": .structure("timer_list"),
  ]

  /// What to write in place of a type of the kernel's that is not known.
  static func advice(onType name: String) -> String {
    switch name {
    case "pte_t", "pmd_t", "pud_t", "p4d_t", "pgd_t", "swp_entry_t":
      "; a page table has no bits here: say what the entry can be, 'enum entry { NONE, PRESENT, SWAPPED };' and "
        + "'enum entry pte;'"
    default: ""
    }
  }

  /// `static` before a macro that declares something says nothing here.
  private mutating func skipStatic() {
    let next = token(ahead: 1).text
    if isAt(word: "static"), Self.definitions[next] != nil || next == "DEFINE_PER_CPU" { advance() }
  }

  /// What is wrong with a macro that declares something which has no type here.
  func refusal(ofDefinition name: String) -> String {
    if name.contains("LIST") {
      return "'\(name)': lists are not understood: keep in a variable what is on the list"
    }
    return "'\(name)' declares nothing that is understood"
      + hint(name, Self.definitions.keys.sorted())
  }

  mutating func parseDefinition() {
    let word = token.text
    let start = token.spot
    advance()
    want(.open, "after '\(word)'")
    let name = wantName("a name")
    // `DECLARE_WORK(work, function)`: who calls it later names it again.
    if take(.comma) { _ = wantName("the function") }
    want(.close, "after the name")
    want(.semicolon, "after '\(word)(...)'")
    if let (name, spot) = name, let base = Self.definitions[word] {
      race.globals.append(
        Declarator(type: TypeName(base: base, spot: start), name: name, spot: spot))
    }
  }

  mutating func parsePerCPU() {
    advance()
    want(.open, "after 'DEFINE_PER_CPU'")
    guard let type = parseTypeName() else { return skipStatement() }
    want(.comma, "after the type")
    guard var declarator = parseDeclarator(type) else { return skipStatement() }
    declarator.isPerCPU = true
    want(.close, "after the name")
    if take(word: "in") {
      let least = Expression(kind: .number(wantNumber()), spot: lastSpot)
      want(.range, "in a range: 'in 0..7'")
      declarator.range = (least, Expression(kind: .number(wantNumber()), spot: lastSpot))
    }
    if take(.assign) { declarator.initial = parseAssignment() }
    want(.semicolon, "after 'DEFINE_PER_CPU(...)'")
    race.globals.append(declarator)
  }

  mutating func parseTypedef() {
    advance()
    guard let type = parseTypeName() else { return skipStatement() }
    guard let (name, _) = wantName("the name of the type") else { return skipStatement() }
    if isAt(.bracketOpen) || isAt(.open) {
      report("a typedef of an array or function is not understood", at: token.spot)
      return skipStatement()
    }
    race.typedefs[name] = type
    want(.semicolon, "after the typedef")
  }
}
