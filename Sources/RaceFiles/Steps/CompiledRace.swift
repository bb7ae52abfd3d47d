import ModelChecking

/// A race file for one choice of pieces and bounds: actors with their locations, the values of everything,
/// properties as terms.
struct CompiledRace: Sendable {
  /// An actor of the system.
  struct Member: Sendable {
    let syntax: ActorSyntax
    let name: String
    let cpu: Int
    /// Which of `programs` it runs.
    let program: Int
    /// Whether properties look at its variables: the first of its kind.
    let isFirst: Bool
  }

  /// A program, with the values of its registers.
  struct Program: Sendable {
    let settled: Settled
    /// By variable: what it can hold; none for variables that are never kept.
    let domains: [Int: Storage.Domain]
    /// By location and step: the cells that it touches.
    let touched: [[[Int]]]
  }

  /// A property, of states.
  struct Property: Sendable {
    let syntax: PropertySyntax
    let condition: Term
    let when: Term?
  }

  struct Final: Sendable {
    let kind: FinalSyntax.Kind
    let text: String
    let condition: Term
    let filter: Term?
    let line: SourceLine
    /// What final states are told by, with what it is called.
    let shown: [(name: String, term: Term, type: CType)]
  }

  let world: World
  var members: [Member] = []
  var programs: [Program] = []
  var domains: [Storage.Domain] = []
  var properties: [Property] = []
  var final: Final?
}

/// Compiles a race file.
struct RaceCompiler {
  private let text: SourceText
  private let world: World
  private var lowering: Lowering
  private(set) var diagnostics: Diagnostics
  private var compiled: CompiledRace

  /// - Parameter bounds: the values of the bounds, by name.
  private init(_ text: SourceText, _ race: RaceSyntax, _ bounds: [String: Int]) {
    self.text = text
    var builder = WorldBuilder(text, race, bounds: bounds)
    builder.build()
    world = builder.world
    diagnostics = builder.diagnostics
    lowering = Lowering(world)
    compiled = CompiledRace(world: world)
  }

  /// Tells what is wrong with a race as it is written, without working out its steps.
  ///
  /// - Parameter called: the functions that were called, in this choice of pieces or another.
  static func check(
    _ text: SourceText, _ race: RaceSyntax, bounds: [String: Int], called: inout Set<String>,
    _ diagnostics: inout Diagnostics
  ) {
    var compiler = RaceCompiler(text, race, bounds)
    _ = compiler.lower()
    called.formUnion(compiler.lowering.calledFunctions)
    diagnostics.report(contentsOf: compiler.diagnostics)
  }

  /// The same of functions that nobody calls.
  static func checkUncalled(
    _ text: SourceText, _ race: RaceSyntax, bounds: [String: Int], called: Set<String>,
    _ diagnostics: inout Diagnostics
  ) {
    var compiler = RaceCompiler(text, race, bounds)
    for function in race.functions where !called.contains(function.name) {
      compiler.lowering.check(function)
    }
    diagnostics.report(contentsOf: compiler.lowering.diagnostics)
  }

  /// - Returns: nil where something is wrong, which is told of.
  static func compile(
    _ text: SourceText, _ race: RaceSyntax, bounds: [String: Int], _ diagnostics: inout Diagnostics
  ) -> CompiledRace? {
    var compiler = RaceCompiler(text, race, bounds)
    let flows = compiler.lower()
    if compiler.diagnostics.isEmpty { compiler.settle(flows) }
    diagnostics.report(contentsOf: compiler.diagnostics)
    return compiler.diagnostics.isEmpty ? compiler.compiled : nil
  }

  private mutating func lower() -> [(flow: Flow, actor: Int)] {
    var flows: [(flow: Flow, actor: Int)] = []
    lowerActors(&flows)
    lowerProperties()
    diagnostics.report(contentsOf: lowering.diagnostics)
    return flows
  }

  // MARK: Actors

  private mutating func lowerActors(_ flows: inout [(flow: Flow, actor: Int)]) {
    var nextCPU = 0
    let fixed = Set(world.race.actors.compactMap { $0.cpu.flatMap { lowering.constant($0) } })
    func freeCPU() -> Int {
      while fixed.contains(nextCPU) { nextCPU += 1 }
      defer { nextCPU += 1 }
      return nextCPU
    }
    let names = Set(world.race.actors.compactMap(\.name))
    for actor in world.race.actors.sorted(by: { $0.number < $1.number }) {
      let times = world.times[actor.number] ?? 1
      let title = actor.name ?? "P\(actor.number)"
      for copy in 0..<times {
        let cpu = actor.cpu.flatMap { lowering.constant($0) } ?? freeCPU()
        lowering.copy = copy
        lowering.actor = compiled.members.count
        lowering.cpu = cpu
        // What is wrong in one copy is wrong in all.
        if copy == 0 || lowering.dependsOnCopy && lowering.diagnostics.isEmpty {
          lowering.dependsOnCopy = false
          flows.append((lowering.lower(actor), actor.number))
        }
        let separator =
          title.last?.isNumber == true
          ? "." : names.contains(title) && title.contains(" ") ? " " : ""
        compiled.members.append(
          CompiledRace.Member(
            syntax: actor, name: times == 1 ? title : "\(title)\(separator)\(copy)", cpu: cpu,
            program: flows.count - 1, isFirst: copy == 0))
      }
      // With no copy at all, what is wrong in it is told all the same.
      if times == 0 { _ = lowering.lower(actor) }
    }
    let all = compiled.members.map(\.name)
    for member in compiled.members where all.filter({ $0 == member.name }).count > 1 {
      diagnostics.report("two actors are called '\(member.name)'", at: member.syntax.spot)
    }
  }

  // MARK: Properties

  private mutating func lowerProperties() {
    lowering.mode = .property
    lowering.frames = [
      Lowering.Frame(name: "", isVocabulary: false, stepName: nil, result: .void, end: 0)
    ]
    lowering.flow = Flow()
    lowering.here = lowering.newNode()
    var names: Set<String> = []
    for property in world.race.properties {
      if !names.insert(property.name).inserted {
        diagnostics.report("two properties are called '\(property.name)'", at: property.spot)
      }
      if property.name.isEmpty { diagnostics.report("a property has no words", at: property.spot) }
      let condition = lowering.value(of: property.condition).term.asTruth
      compiled.properties.append(
        CompiledRace.Property(
          syntax: property,
          condition: condition,
          when: property.when.map { lowering.value(of: $0).term.asTruth }))
    }
    lowerFinal()
  }

  private mutating func lowerFinal() {
    guard let final = world.race.final else {
      if let filter = world.race.filter {
        diagnostics.report("a filter belongs to 'exists', '~exists' or 'forall'", at: filter.spot)
      }
      return
    }
    let condition = lowering.value(of: final.condition).term.asTruth
    let filter = world.race.filter.map { lowering.value(of: $0).term.asTruth }
    var shown: [(name: String, term: Term, type: CType)] = []
    var places: [Expression] = []
    Self.collectPlaces(in: final.condition, &places)
    if let filter = world.race.filter { Self.collectPlaces(in: filter, &places) }
    for place in world.race.locations + places {
      let value = lowering.value(of: place)
      guard value.type.isScalar else { continue }
      let name = Self.name(of: place, text)
      if !shown.contains(where: { $0.name == name }) {
        shown.append((name, value.term, value.type))
      }
    }
    // herd's order: local variables by actor, then shared ones.
    shown.sort { first, second in
      let (a, b) = (first.name.hasPrefix("["), second.name.hasPrefix("["))
      return a != b ? b : first.name < second.name
    }
    compiled.final = CompiledRace.Final(
      kind: final.kind, text: text.flatText(of: final.spot), condition: condition, filter: filter,
      line: text.sourceLine(of: final.spot), shown: shown)
  }

  private static func name(of place: Expression, _ text: SourceText) -> String {
    if case .local(let actor, let name) = place.kind { return "\(actor):\(name)" }
    let name = text.flatText(of: place.spot)
    return name.hasPrefix("[") ? name : "[\(name)]"
  }

  /// The variables that a condition looks at.
  private static func collectPlaces(in expression: Expression, _ places: inout [Expression]) {
    switch expression.kind {
    case .local, .name, .member, .index: places.append(expression)
    case .unary(.dereference, _): places.append(expression)
    case .unary(_, let inner), .cast(_, let inner): collectPlaces(in: inner, &places)
    case .binary(_, let a, let b):
      collectPlaces(in: a, &places)
      collectPlaces(in: b, &places)
    case .conditional(let a, let b, let c):
      for part in [a, b, c] { collectPlaces(in: part, &places) }
    default: return
    }
  }

  // MARK: Steps

  private mutating func settle(_ flows: [(flow: Flow, actor: Int)]) {
    var members: [ValueSets.Member] = []
    var metActors: Set<Int> = []
    for (number, item) in flows.enumerated() {
      var flow = item.flow
      // Properties speak of the first of several actors alike.
      if metActors.insert(item.actor).inserted {
        flow.observed = lowering.observed[item.actor] ?? []
      }
      let settled = Settling.settle(flow, &diagnostics)
      let times = compiled.members.filter { $0.program == number }.count
      members.append(ValueSets.Member(settled: settled, times: times, observed: flow.observed))
    }
    if !diagnostics.isEmpty { return }
    var sets = ValueSets(world.memory, members)
    sets.run()
    diagnostics.report(contentsOf: sets.diagnostics)
    if !diagnostics.isEmpty { return }
    compiled.domains = world.memory.cells.indices.map {
      let type = world.memory.cells[$0].type
      return Storage.Domain(
        sets.cells[$0].keys, range: type == .boolean ? nil : sets.ranges[$0], type: type)
    }
    for (number, member) in members.enumerated() {
      compiled.programs.append(program(member, number, sets))
    }
  }

  private func program(
    _ member: ValueSets.Member, _ number: Int, _ sets: ValueSets
  ) -> CompiledRace.Program {
    var values: [Int: Set<Int>] = [:]
    for location in sets.registers[number] {
      for (variable, found) in location { values[variable, default: []].formUnion(found.keys) }
    }
    for location in member.settled.locations {
      for variable in location.carried { values[variable, default: []].formUnion([]) }
    }
    for variable in member.observed { values[variable, default: []].insert(0) }
    var domains: [Int: Storage.Domain] = [:]
    for (number, found) in values {
      let variable = member.settled.variables[number]
      domains[number] = Storage.Domain(
        found.isEmpty ? [0] : found, range: variable.type == .boolean ? nil : variable.range,
        type: variable.type)
    }
    return CompiledRace.Program(
      settled: member.settled, domains: domains,
      touched: sets.touched[number].map { $0.map { $0.sorted() } })
  }
}

extension CompiledRace.Program {
  /// The names of the variables that are registers, each once; none for those that always have one value.
  var registerNames: [Int: String] {
    var taken: Set<String> = []
    var names: [Int: String] = [:]
    for variable in domains.keys.sorted()
    where domains[variable].map({ $0.codes.count > 1 }) ?? false {
      let name = settled.variables[variable].name
      var (own, number) = (name, 2)
      while !taken.insert(own).inserted {
        own = "\(name)'\(number)"
        number += 1
      }
      names[variable] = own
    }
    return names
  }
}
