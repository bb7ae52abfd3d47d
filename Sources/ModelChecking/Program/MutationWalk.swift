/// Goes through what an author wrote, lists the mistakes that can be made in it, and makes the one that
/// is wanted.
struct MutationWalk {
  /// The mistake to be made; nil where they are only listed.
  let wanted: Mutation?
  /// The mistakes that can be made, each once, in the order of the text.
  private(set) var found: [Mutation] = []
  private var known: Set<Mutation> = []
  /// Where a torn step finds a field, by its number, and keeps what it loaded.
  private let tear: (_ field: Int) -> TornField

  init(_ wanted: Mutation?, tear: @escaping (_ field: Int) -> TornField) {
    self.wanted = wanted
    self.tear = tear
  }

  /// The program of an actor, with the mistake.
  mutating func walk(_ steps: Steps, of actor: String) -> Steps {
    let function = actor.withoutNumber
    let steps = withoutLocks(steps, in: function)
    return walk(steps, in: function, at: [])
  }

  /// Whether a mistake is the one that is wanted; it is listed in any case.
  private mutating func makes(
    _ change: Mutation.Change, of name: String, at declaration: SourceLine?, in function: String,
    _ path: [Int], with other: String? = nil
  ) -> Bool {
    let mutation = Mutation(
      site: Mutation.Site(function: function, path: path, name: name, declaration: declaration),
      change: change, other: other)
    if known.insert(mutation).inserted { found.append(mutation) }
    return mutation == wanted
  }

  private mutating func walk(_ steps: Steps, in function: String, at path: [Int]) -> Steps {
    var statements: [Statement] = []
    for (number, statement) in steps.statements.enumerated() {
      statements += walk(statement, in: function, at: path + [number])
    }
    return Steps(swapped(steps, in: function, at: path) ?? statements)
  }

  // MARK: One statement

  private mutating func walk(
    _ statement: Statement, in function: String, at path: [Int]
  ) -> [Statement] {
    switch statement {
    case .step(let step): return walk(step, in: function, at: path).map { .step($0) }
    case .branch(let condition, let then, let otherwise):
      return walk(condition, then, otherwise, in: function, at: path)
    case .choose(let ways):
      let shapes = ways.map(\.shape)
      return [
        .choose(
          ways.enumerated().map { number, way in
            // The ways for the elements of something are one text.
            walk(way, in: function, at: path + [shapes.firstIndex(of: shapes[number])!])
          })
      ]
    case .loop(let body): return [.loop(walk(body, in: function, at: path + [0]))]
    case .call(let called, let body):
      // A piece of a front end's is no call by itself.
      if called.place == nil, makes(.leftOut, of: called.name, at: nil, in: function, path) {
        return []
      }
      return [.call(called, walk(body, of: called))]
    case .guarded(let acquire, let body, let release):
      return [.guarded(acquire, walk(body, in: function, at: path + [0]), release: release)]
    case .label, .goto, .return, .break, .continue, .finish: return [statement]
    }
  }

  /// The text of a function.
  private mutating func walk(_ body: Steps, of called: Called) -> Steps {
    walk(withoutLocks(body, in: called.name), in: called.name, at: [])
  }

  private mutating func walk(
    _ step: StepDefinition, in function: String, at path: [Int]
  ) -> [StepDefinition] {
    if step.isFence || step.isSafetyNet { return [step] }
    // A lock is left out as a whole.
    if step.isOnLock { return [step] }
    if makes(.leftOut, of: step.name, at: step.declaration, in: function, path) { return [] }
    return weakened(step, in: function, at: path)
  }

  /// What a step may be weakened to, questions included.
  private mutating func weakened(
    _ step: StepDefinition, in function: String, at path: [Int]
  ) -> [StepDefinition] {
    func makes(_ walk: inout MutationWalk, _ change: Mutation.Change) -> Bool {
      walk.makes(change, of: step.name, at: step.declaration, in: function, path)
    }
    if step.waitsForMoreThanLocks && makes(&self, .notWaiting) { return [step.notWaiting] }
    if case .atomic(let fields, _) = step.operation, fields.count == 1, makes(&self, .torn) {
      let torn = tear(fields[0])
      return [step.load(of: torn), step.store(to: torn)]
    }
    if let unlocked = step.withoutLocks, step.takesLock, makes(&self, .unlocked) {
      return [unlocked]
    }
    return [step]
  }

  private mutating func walk(
    _ condition: Condition, _ then: Steps, _ otherwise: Steps, in function: String, at path: [Int]
  ) -> [Statement] {
    let (name, declaration, isInverted) = condition.asked
    if then.statements.isEmpty && otherwise.statements.isEmpty {
      if makes(.leftOut, of: name, at: declaration, in: function, path) { return [] }
    } else {
      if makes(.alwaysYes, of: name, at: declaration, in: function, path) {
        return (isInverted ? otherwise : then).statements
      }
      if makes(.alwaysNo, of: name, at: declaration, in: function, path) {
        return (isInverted ? then : otherwise).statements
      }
    }
    let (before, asked) = walk(condition, in: function, at: path)
    return before + [
      .branch(
        asked, then: walk(then, in: function, at: path + [0]),
        otherwise: walk(otherwise, in: function, at: path + [1]))
    ]
  }

  private mutating func walk(
    _ condition: Condition, in function: String, at path: [Int]
  ) -> (before: [Statement], asked: Condition) {
    switch condition.kind {
    case .test(let step):
      if step.isOnLock { return ([], condition) }
      let steps = weakened(step, in: function, at: path)
      return (steps.dropLast().map { .step($0) }, Condition(kind: .test(steps.last ?? step)))
    case .call(let called, let body):
      return ([], Condition(kind: .call(called, walk(body, of: called))))
    case .not(let inner):
      let (before, asked) = walk(inner, in: function, at: path)
      return (before, Condition(kind: .not(asked)))
    case .register, .misused: return ([], condition)
    }
  }

  // MARK: Several statements

  /// The statements with two neighbours in the other order, if that is wanted.
  private mutating func swapped(
    _ steps: Steps, in function: String, at path: [Int]
  ) -> [Statement]? {
    let statements = steps.statements
    for number in statements.indices.dropLast() {
      guard let first = statements[number].moved, let second = statements[number + 1].moved,
        first != second
      else { continue }
      let (name, declaration) = (first.name, first.declaration)
      if makes(
        .swapped, of: name, at: declaration, in: function, path + [number], with: second.name)
      {
        var statements = statements
        statements.swapAt(number, number + 1)
        return statements
      }
    }
    return nil
  }

  /// The text of a function without a lock that it takes and gives back, if that is wanted.
  private mutating func withoutLocks(_ steps: Steps, in function: String) -> Steps {
    for lock in steps.locksTaken {
      if makes(.unlocked, of: lock.name, at: nil, in: function, []) {
        return steps.without(lock)
      }
    }
    return steps
  }
}

// MARK: What is there

extension StepDefinition {
  fileprivate var isFence: Bool { if case .fence = operation { true } else { false } }

  fileprivate var isOnLock: Bool { if case .lock = operation { true } else { false } }

  /// Whether it takes a lock within itself.
  fileprivate var takesLock: Bool {
    if case .section(let grounds, _) = operation { grounds.taking != nil } else { false }
  }

  fileprivate var waitsForMoreThanLocks: Bool { guardCondition != nil && !waitsForNothingElse }
}

extension Statement {
  /// What is moved when the statement is; nil for what stays in its place.
  fileprivate var moved: (name: String, declaration: SourceLine?)? {
    switch self {
    case .step(let step): return step.isFence ? nil : (step.name, step.declaration)
    case .branch(let condition, let then, let otherwise):
      // A question that decides where the program goes on can't come later.
      if then.leaves || otherwise.leaves { return nil }
      let asked = condition.asked
      return (asked.name, asked.declaration)
    case .call(let called, let body):
      return called.place == nil ? (called.name, nil) : body.statements.first?.moved
    case .guarded(let acquire, let body, _):
      return body.leaves ? nil : (acquire.name, acquire.declaration)
    case .choose, .loop, .label, .goto, .return, .break, .continue, .finish: return nil
    }
  }

  /// Whether it goes on elsewhere.
  fileprivate var leaves: Bool {
    switch self {
    case .goto, .return, .break, .continue, .finish, .label: true
    case .branch(_, let then, let otherwise): then.leaves || otherwise.leaves
    case .choose(let ways): ways.contains(where: \.leaves)
    case .loop(let body), .guarded(_, let body, _): body.leaves
    case .step, .call: false
    }
  }
}

extension Steps {
  fileprivate var leaves: Bool { statements.contains(where: \.leaves) }

  /// The names and lines of all that is in it, by which two texts are one.
  fileprivate var shape: [String] {
    statements.flatMap { statement -> [String] in
      switch statement {
      case .step(let step): ["\(step.declaration)"]
      case .branch(let condition, let then, let otherwise):
        ["if \(condition.asked.declaration.map(\.description) ?? condition.asked.name)"]
          + then.shape + ["else"] + otherwise.shape
      case .choose(let ways): ["choose"] + ways.flatMap(\.shape)
      case .loop(let body): ["loop"] + body.shape
      case .call(let called, let body): [called.name] + body.shape
      case .guarded(let acquire, let body, _): ["\(acquire.declaration)"] + body.shape
      case .label(let name), .goto(let name): [name]
      case .return, .break, .continue, .finish: ["out"]
      }
    }
  }
}
