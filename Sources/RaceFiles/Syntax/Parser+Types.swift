// Types and declarations of variables.
extension Parser {
  private static let integers: Set<String> = [
    "char", "int", "short", "long", "unsigned", "signed", "u8", "u16", "u32", "u64", "s8", "s16",
    "s32",
    "s64", "__u8", "__u16", "__u32", "__u64", "__s32", "__s64", "size_t", "ssize_t", "gfp_t",
    "uintptr_t",
    "intptr_t", "uint32_t", "uint64_t", "uint8_t", "uint16_t", "int32_t", "int64_t", "intptr",
    "ulong",
    "uint", "pgoff_t", "phys_addr_t", "dma_addr_t", "fpi_t", "isolate_mode_t", "word", "loff_t",
    "pgprot_t",
  ]
  /// What may stand around a type and says nothing that matters here.
  private static let qualifiers: Set<String> = [
    "const", "volatile", "static", "extern", "inline", "__inline", "__always_inline", "noinline",
    "register", "restrict", "__rcu", "__percpu", "__iomem", "__user", "__init", "__exit", "__ref",
    "__read_mostly", "__maybe_unused", "__must_check", "__sched", "__cold", "__used", "__weak",
    "__acquires", "__releases", "__must_hold", "noinline_for_stack", "__meminit",
    "__cacheline_aligned",
    "____cacheline_aligned_in_smp", "asmlinkage", "auto",
  ]
  static let kernelTypes: Set<String> = [
    "spinlock_t", "raw_spinlock_t", "rwlock_t", "atomic_t", "atomic_long_t", "atomic64_t",
    "refcount_t", "seqcount_t", "seqcount_spinlock_t", "seqlock_t", "wait_queue_head_t",
  ]

  func isQualifier(_ token: Token) -> Bool {
    token.kind == .name && Self.qualifiers.contains(token.text)
  }

  /// Whether a type begins at a token.
  func isType(at position: Int) -> Bool {
    guard position < tokens.count, tokens[position].kind == .name else { return false }
    let word = tokens[position].text
    return word == "struct" || word == "enum" || word == "union" || word == "void" || word == "bool"
      || word == "_Bool" || word == "ghost" || word == "float" || word == "double"
      || Self.integers.contains(word)
      || Self.qualifiers.contains(word) || Self.kernelTypes.contains(word)
      || race.typedefs[word] != nil
  }

  /// - Returns: whether `volatile` was among them, the one that says something: accesses are marked.
  @discardableResult
  mutating func skipQualifiers() -> Bool {
    var isVolatile = false
    while isQualifier(token) {
      if token.text == "volatile" { isVolatile = true }
      let takesLock = token.text.hasPrefix("__acqu") || token.text.hasPrefix("__rel")
      advance()
      if takesLock && isAt(.open) { skipParentheses() }
    }
    return isVolatile
  }

  /// The stars before a name.
  private mutating func parseStars(of type: inout TypeName) {
    while take(.star) {
      type.pointerDepth += 1
      if skipQualifiers() {
        type.volatileDepths.insert(type.pointerDepth)
      } else {
        type.volatileDepths.remove(type.pointerDepth)
      }
    }
  }

  mutating func skipParentheses() {
    var open = 0
    repeat {
      if isAt(.open) { open += 1 }
      if isAt(.close) { open -= 1 }
      advance()
    } while open > 0 && !token.isEnd
  }

  /// A type with its stars; nil, and told of, where there is none.
  mutating func parseTypeName() -> TypeName? {
    let start = token.spot
    let isVolatile = skipQualifiers()
    guard var type = parseBase(from: start) else { return nil }
    if case .named(let word) = type.base, let known = race.typedefs[word] {
      type.volatileDepths = known.isVolatile ? [0] : []
    }
    if skipQualifiers() || isVolatile { type.volatileDepths.insert(0) }
    parseStars(of: &type)
    return type
  }

  private mutating func parseBase(from start: Spot) -> TypeName? {
    guard isAtName else {
      report("a type is missing before \(shown(token))", at: token.spot)
      return nil
    }
    let word = token.text
    switch word {
    case "void":
      advance()
      return TypeName(base: .void, spot: start.to(lastSpot))
    case "bool", "_Bool":
      advance()
      return TypeName(base: .bool, spot: start.to(lastSpot))
    case "union":
      report(
        "a union is not understood: declare the member that the race uses", at: token.spot)
      advance()
      if isAtName { advance() }
      if isAt(.braceOpen) { skipStatement() }
      return nil
    case "struct", "enum":
      advance()
      if isAt(.braceOpen) {
        let name = "anonymous\(token.spot.start)"
        if word == "struct" {
          parseStructure(named: name, at: start)
        } else {
          parseEnumeration(named: name)
        }
        return TypeName(
          base: word == "struct" ? .structure(name) : .enumeration(name), spot: start.to(lastSpot))
      }
      guard let (name, spot) = wantName("the name after '\(word)'") else { return nil }
      if isAt(.braceOpen) {
        if word == "struct" {
          parseStructure(named: name, at: spot)
        } else {
          parseEnumeration(named: name)
        }
      }
      return TypeName(
        base: word == "struct" ? .structure(name) : .enumeration(name), spot: start.to(lastSpot))
    case _ where Self.integers.contains(word):
      var words: [String] = []
      while isAtName && (Self.integers.contains(token.text) || isQualifier(token)) {
        words.append(token.text)
        advance()
      }
      return TypeName(
        base: Self.base(of: words), volatileDepths: words.contains("volatile") ? [0] : [],
        spot: start.to(lastSpot))
    case "float", "double":
      report("'\(word)' is not understood: a race counts in integers", at: token.spot)
      advance()
      return TypeName(base: .integer, spot: start.to(lastSpot))
    default:
      advance()
      return TypeName(base: .named(word), spot: start.to(lastSpot))
    }
  }

  /// What the words of an integer's type say. A `char` has no sign, as in the kernel since v6.2.
  private static func base(of words: [String]) -> TypeName.Base {
    let text = words.joined(separator: " ")
    func has(_ names: String...) -> Bool { names.contains { words.contains($0) } }
    let isUnsigned =
      has("unsigned", "size_t", "gfp_t", "uintptr_t", "ulong", "uint", "pgoff_t", "phys_addr_t")
      || has("dma_addr_t", "isolate_mode_t") || text.contains("u8") || text.contains("u16")
      || text.contains("u32") || text.contains("u64") || text.contains("uint")
      || has("char") && !has("signed")
    if has("char") || text.contains("u8") || text.contains("s8") || text.contains("int8") {
      return .sized(8, isSigned: !isUnsigned)
    }
    if has("short") || text.contains("16") { return .sized(16, isSigned: !isUnsigned) }
    let isLong =
      text.contains("64") || has("long", "ulong", "size_t", "ssize_t", "uintptr_t", "intptr_t")
      || has("pgoff_t", "phys_addr_t", "dma_addr_t", "loff_t", "intptr")
    if isLong { return .sized(64, isSigned: !isUnsigned) }
    return isUnsigned ? .sized(32, isSigned: false) : .integer
  }

  private static let mostDimensions = 4

  /// `name[n] in a..b = value`, after its type.
  mutating func parseDeclarator(_ base: TypeName, isGhost: Bool = false) -> Declarator? {
    var type = base
    parseStars(of: &type)
    if isAt(.open) && isAt(.star, ahead: 1) {
      report(
        "a pointer to a function is not understood: call the function, or choose by 'switch'",
        at: token.spot)
      return nil
    }
    guard let (name, spot) = wantName("a name") else { return nil }
    var declarator = Declarator(type: type, name: name, spot: spot)
    declarator.isGhost = isGhost
    while take(.bracketOpen) {
      if isAt(.bracketClose) {
        report("how many elements '\(name)' has is missing: '\(name)[2]'", at: spot)
      } else {
        declarator.counts.append(parseAssignment())
        if declarator.counts.count == Self.mostDimensions + 1 {
          report("'\(name)' has more than \(Self.mostDimensions) dimensions", at: spot)
          position = tokens.count - 1
          return nil
        }
      }
      want(.bracketClose, "after the number of elements")
    }
    if isAt(.colon), token(ahead: 1).kind.isNumber {
      // A store to one writes its neighbours too, which no variable here does.
      report(
        "a bit-field is not understood: declare a flag word and its masks, or a variable of its own, "
          + "'int \(name) in 0..1', where it shares no word", at: spot)
      advance()
      advance()
    }
    if take(word: "in") {
      let least = parseRangeEnd()
      want(.range, "in a range: 'in 0..7'")
      declarator.range = (least, parseRangeEnd())
    }
    skipQualifiers()
    if take(.assign) { declarator.initial = parseAssignment() }
    return declarator
  }

  /// An end of a range binds tighter than what may follow it.
  private mutating func parseRangeEnd() -> Expression {
    let was = isInCondition
    isInCondition = false
    defer { isInCondition = was }
    let start = token.spot
    var result = parseAssignmentPart()
    while isAt(.plus) || isAt(.minus) {
      let operation: BinaryOperator = isAt(.plus) ? .add : .subtract
      advance()
      let right = parseAssignmentPart()
      result = Expression(kind: .binary(operation, result, right), spot: start.to(right.spot))
    }
    return result
  }

  private mutating func parseAssignmentPart() -> Expression {
    let start = token.spot
    if take(.minus) {
      let operand = parseAssignmentPart()
      return Expression(kind: .unary(.minus, operand), spot: start.to(operand.spot))
    }
    if take(.open) {
      let inner = parseExpression()
      want(.close, "after the expression")
      return inner
    }
    if case .number(let value) = token.kind {
      advance()
      return Expression(kind: .number(value), spot: start)
    }
    if let (name, spot) = wantName("a number") { return Expression(kind: .name(name), spot: spot) }
    return .broken(at: start)
  }

  /// `type a, *b = &a;`, up to and with its `;`.
  mutating func parseDeclarators() -> [Declarator] {
    var isGhost = false
    if isAt(word: "ghost") {
      advance()
      isGhost = true
    }
    guard var type = parseTypeName() else {
      skipStatement()
      return []
    }
    if !isGhost && isAt(word: "ghost") {
      advance()
      isGhost = true
    }
    if isAt(.semicolon) {
      advance()
      return []
    }
    var result: [Declarator] = []
    repeat {
      guard let declarator = parseDeclarator(type, isGhost: isGhost) else {
        skipStatement()
        return result
      }
      result.append(declarator)
      // `int *a, b`: the stars belong to the name.
      type.pointerDepth = 0
      if result.count == 1 && isAt(.open) {
        report("a function can't be declared within a function or structure", at: token.spot)
        skipStatement()
        return result
      }
    } while take(.comma)
    if !want(.semicolon, "after '\(result.last?.name ?? "")'") { skipStatement() }
    return result
  }

  mutating func parseStructure(named name: String, at spot: Spot) {
    want(.braceOpen, "after 'struct \(name)'")
    var members: [Declarator] = []
    while !isAt(.braceClose) && !token.isEnd {
      let before = position
      members += parseDeclarators()
      if position == before { advance() }
    }
    want(.braceClose, "after the members of 'struct \(name)'")
    if !structureNames.insert(name).inserted {
      report("'struct \(name)' is declared twice", at: spot)
    }
    race.structures.append(StructureSyntax(name: name, members: members, spot: spot))
  }

  mutating func parseEnumeration(named name: String) {
    want(.braceOpen, "after 'enum \(name)'")
    while !isAt(.braceClose) && !token.isEnd {
      guard let (constant, spot) = wantName("the name of a constant") else {
        skipStatement()
        break
      }
      let value = take(.assign) ? parseAssignment() : nil
      race.enumerators.append((constant, value, name, spot))
      if !take(.comma) { break }
    }
    want(.braceClose, "after the constants of 'enum \(name)'")
  }
}
