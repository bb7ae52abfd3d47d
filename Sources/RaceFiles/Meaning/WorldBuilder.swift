import ModelChecking

/// Makes the world of a file.
struct WorldBuilder: Diagnosing {
  var world: World
  private(set) var diagnostics = Diagnostics()
  let vocabulary: RaceSyntax
  var structuresUnderWay: Set<String> = []
  /// The kernel's own variables that are there.
  private(set) var kernels: [Declarator] = []

  /// - Parameter bounds: the values of the bounds, by name.
  init(_ text: SourceText, _ race: RaceSyntax, bounds: [String: Int]) {
    world = World(text, race)
    vocabulary = Vocabulary.syntax
    for (name, value) in bounds {
      world.constants[name] = World.Constant(value: value, enumeration: nil)
    }
  }

  mutating func build() {
    world.typedefs = vocabulary.typedefs.merging(world.race.typedefs) { _, own in own }
    declareConstants()
    declareFunctions()
    countActors()
    for structure in world.race.structures { declare(structure) }
    for declarator in world.race.globals { declareGlobal(declarator) }
    declareKernels()
    declareParameters()
    declareInitials()
    world.constants["NR_PAGES"] = World.Constant(value: world.memory.pages.count, enumeration: nil)
    declareObjects()
    setInitialValues()
    world.elements = world.memory.elements
    if !world.race.structures.contains(where: { $0.name == "page" }) {
      world.pageLists = world.memory.pageLists
    }
  }

  mutating func report(_ message: String, at spot: Spot) {
    diagnostics.report(message, at: spot)
  }

  // MARK: Constants and functions

  mutating func declareConstants() {
    let own = Set(world.race.enumerators.map(\.enumeration))
    let parameters = world.race.actors.flatMap(\.function.parameters)
    let ownNames = Set(
      world.race.enumerators.map(\.name) + (world.race.globals + parameters).map(\.name))
    let given = vocabulary.enumerators.filter {
      !own.contains($0.enumeration) && !ownNames.contains($0.name)
    }
    var next: [String: Int] = [:]
    for (name, expression, enumeration, spot) in given + world.race.enumerators {
      let value = expression.flatMap { constant($0) } ?? next[enumeration] ?? 0
      next[enumeration] = value &+ 1
      if world.race.bounds.contains(where: { $0.name == name }) || world.constants[name] != nil {
        report("'\(name)' is declared twice", at: spot)
      }
      world.constants[name] = World.Constant(value: value, enumeration: enumeration)
      world.enumerations[enumeration, default: []].append((value, name))
    }
    for (name, value) in [("NULL", 0), ("true", 1), ("false", 0)] where world.constants[name] == nil
    {
      world.constants[name] = World.Constant(value: value, enumeration: nil)
    }
  }

  mutating func declareFunctions() {
    for function in vocabulary.functions {
      world.functions[function.name] = World.KnownFunction(syntax: function, isVocabulary: true)
    }
    for function in world.race.functions {
      world.functions[function.name] = World.KnownFunction(syntax: function, isVocabulary: false)
    }
  }

  mutating func countActors() {
    var cpus: Set<Int> = []
    var own = 0
    for actor in world.race.actors {
      let times = actor.times.flatMap { wantConstant($0) } ?? 1
      if times < 0 || times > 60 {
        report(
          "there can be 0 to 60 of an actor, not \(times)", at: actor.times?.spot ?? actor.spot)
      }
      world.times[actor.number] = min(max(0, times), 60)
      if let cpu = actor.cpu.flatMap({ wantConstant($0) }) {
        if cpu < 0 || cpu > 61 { report("a CPU has a number from 0 to 61", at: actor.spot) }
        cpus.insert(cpu)
      } else {
        own += max(0, times)
      }
    }
    if world.times.values.reduce(0, +) > 62 {
      report("there are more than 62 actors", at: world.race.actors.last?.spot ?? .nowhere)
    }
    world.cpuCount = max(1, max((cpus.max() ?? -1) + 1, cpus.count) + own)
    world.constants["NR_CPUS"] = World.Constant(value: world.cpuCount, enumeration: nil)
    world.constants["NR_ACTORS"] = World.Constant(
      value: max(1, world.times.values.reduce(0, +)), enumeration: nil)
    world.constants["NR_STARTS"] = World.Constant(
      value: max(1, SectionStarts(of: world.text, world.race).count), enumeration: nil)
    if world.race.actors.isEmpty {
      report(
        "nobody acts: a race has functions P0, P1 ... that run at the same time",
        at: Spot(start: 0, end: 1))
    }
  }

  /// The value of a constant expression; nil where it is none.
  func constant(_ expression: Expression) -> Int? {
    switch expression.kind {
    case .number(let value): return value
    case .name(let name), .addressOrConstant(let name): return world.constants[name]?.value
    case .unary(.minus, let inner): return constant(inner).map { 0 &- $0 }
    case .unary(.plus, let inner): return constant(inner)
    case .unary(.complement, let inner): return constant(inner).map { ~$0 }
    case .unary(.not, let inner): return constant(inner).map { $0 == 0 ? 1 : 0 }
    case .binary(let operation, let a, let b):
      guard let left = constant(a), let right = constant(b) else { return nil }
      return operation.apply(left, right)
    case .conditional(let condition, let yes, let no):
      return constant(condition).flatMap { $0 != 0 ? constant(yes) : constant(no) }
    case .cast(let type, let inner): return constant(inner).map { type.holding($0) }
    case .call(let name, let arguments)
    where arguments.count == 1
      && ["ATOMIC_INIT", "REFCOUNT_INIT", "ATOMIC_LONG_INIT", "BIT", "ATOMIC64_INIT"].contains(name):
      return constant(arguments[0]).map { name == "BIT" ? 1 << min(max(0, $0), 30) : $0 }
    case .call(let name, _) where name.hasPrefix("__SPIN_LOCK") || name.hasPrefix("__MUTEX"):
      return 0
    default: return nil
    }
  }

  mutating func wantConstant(_ expression: Expression) -> Int? {
    if let value = constant(expression) { return value }
    if case .broken = expression.kind { return nil }
    if case .name(let name) = expression.kind {
      report(
        "there is no constant '\(name)'" + hint(name, world.constants.keys.sorted()),
        at: expression.spot)
    } else {
      report("a number that is known beforehand is missing here", at: expression.spot)
    }
    return nil
  }

  // MARK: Variables

  mutating func declareGlobal(_ declarator: Declarator) {
    var type = type(of: declarator)
    if declarator.isPerCPU { type = .array(type, world.cpuCount) }
    if type == .unknown { return declareUnknown(declarator.name, at: declarator.spot) }
    if type == .void { return report("'\(declarator.name)' is void", at: declarator.spot) }
    if declarator.isGhost && !type.isScalar {
      report(
        "a ghost is a single variable, or a single member of a structure: for several, declare an array of a "
          + "structure that has one, 'struct book { ghost int \(declarator.name); }; struct book books[2];'",
        at: declarator.spot)
    }
    if world.memory.variables[declarator.name] != nil {
      return report("the variable '\(declarator.name)' is declared twice", at: declarator.spot)
    }
    if world.constants[declarator.name] != nil {
      return report("'\(declarator.name)' is a constant already", at: declarator.spot)
    }
    add(
      declarator.name, type, range: range(of: declarator), isGhost: declarator.isGhost,
      isPerCPU: declarator.isPerCPU, isVolatile: declarator.type.isVolatile, at: declarator.spot)
  }

  /// The kernel's own variables that the file uses, or that functions use which it calls.
  private mutating func declareKernels() {
    let own = Set(world.race.functions.map(\.name))
    for declarator in vocabulary.globals
    where !isOwn(declarator.type) && world.memory.variables[declarator.name] == nil
      && world.constants[declarator.name] == nil
      && world.race.mentions(Vocabulary.users(of: declarator.name).subtracting(own))
    {
      declareGlobal(declarator)
      kernels.append(declarator)
    }
    if kernels.contains(where: { $0.name == "node_zone" }),
      let whole = world.functions["free_unref_page_of_zone"]?.syntax,
      !own.contains("free_unref_page")
    {
      world.functions["free_unref_page"] = World.KnownFunction(
        syntax: whole.named("free_unref_page"), isVocabulary: true)
    }
  }

  /// Whether a structure of the vocabulary's is another in this file.
  private func isOwn(_ type: TypeName) -> Bool {
    guard case .structure(let tag) = type.base else { return false }
    return world.race.structures.contains { $0.name == tag }
  }

  private mutating func declareObjects() {
    let deferred = ["kfree_rcu", "kvfree_rcu", "kfree_rcu_mightsleep"]
    let isDeferred = world.race.mentions(deferred)
    let direct = ["kfree", "kvfree", "vfree", "kfree_sensitive", "kmem_cache_free"]
    if !isDeferred && !world.race.mentions(direct) { return }
    world.memory.declareObjects(actors: isDeferred ? world.times.values.reduce(0, +) : 0)
  }

  mutating func declareUnknown(_ name: String, at spot: Spot) {
    world.memory.variables[name] = Memory.Variable(
      type: .unknown, firstCell: 0, isPerCPU: false, spot: spot)
  }

  mutating func add(
    _ name: String, _ type: CType, range: ClosedRange<Int>? = nil, isGhost: Bool = false,
    isPerCPU: Bool = false, isVolatile: Bool = false, at spot: Spot
  ) {
    let isAdded = world.memory.declare(
      name, type, range: range, isGhost: isGhost, isPerCPU: isPerCPU, isVolatile: isVolatile,
      at: spot)
    if !isAdded {
      report(
        "the variables have more than \(Memory.mostCells) parts, with '\(name)'", at: spot)
    }
  }

  /// The parameters of an actor are pointers to shared variables of their names, as in herd. In a litmus test they
  /// need no declaration; but where another file declares some, one that it doesn't is a slip.
  mutating func declareParameters() {
    let declared = world.race.globals.map(\.name).filter { world.memory.variables[$0] != nil }
    let mustBeDeclared = !declared.isEmpty && world.race.final == nil
    for actor in world.race.actors {
      for parameter in actor.function.parameters {
        let type = type(of: parameter)
        if parameter.name.isEmpty {
          report("a parameter of 'P\(actor.number)' has no name", at: parameter.spot)
          continue
        }
        if world.memory.variables[parameter.name] != nil { continue }
        guard let pointee = type.pointee, pointee != .unknown else {
          if type != .unknown {
            report(
              "a parameter of an actor is a pointer to the shared variable of its name: '\(type.name) "
                + "*\(parameter.name)'", at: parameter.spot)
          }
          declareUnknown(parameter.name, at: parameter.spot)
          continue
        }
        if pointee == .void {
          report("what '\(parameter.name)' points to has no type", at: parameter.spot)
          declareUnknown(parameter.name, at: parameter.spot)
          continue
        }
        if mustBeDeclared {
          report(
            "there is no variable '\(parameter.name)': what actors share is declared outside the functions, "
              + "or in the block '{ }' at the top" + hint(parameter.name, declared),
            at: parameter.spot)
        }
        add(parameter.name, pointee, at: parameter.spot)
      }
    }
  }

  /// `x = 1;` in the initial block, of something that is mentioned nowhere else, is an `int`; so is `a` in
  /// `int *x = &a;`.
  mutating func declareInitials() {
    for declarator in world.race.globals where world.race.final != nil {
      if case .unary(.address, let target) = declarator.initial?.kind,
        case .name(let name) = target.kind, world.memory.variables[name] == nil
      {
        add(name, .integer, at: target.spot)
      }
    }
    for (name, value, spot) in world.race.initials {
      if world.memory.variables[name] == nil { add(name, .integer, at: spot) }
      // `y = z;` where z is mentioned here alone.
      if case .name(let other) = value.kind, world.constants[other] == nil,
        world.memory.variables[other] == nil
      {
        add(other, .integer, at: value.spot)
      }
    }
  }
}
