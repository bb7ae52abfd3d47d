// Second part: where an actor can wait, and the steps that it may take there.

extension ProgramCompiler {
  /// Follows jumps to a place where something happens.
  private mutating func resolve(_ node: Int) -> Int {
    var place = node
    var length = 0
    while case .jump(let target) = nodes[place] {
      guard let target else {
        return fail("a Condition(call:) ends without Return(true) or Return(false)")
      }
      place = target
      length += 1
      if length > nodes.count { return fail("a Loop takes no step") }
    }
    return place
  }

  /// - Returns: a place to go on with.
  mutating func fail(_ problem: String) -> Int {
    if !problems.contains(problem) { problems.append(problem) }
    return 0  // the finish node
  }

  mutating func flatten(from entry: Int) -> Program {
    var flattening = Flattening()
    let start = continuation(at: begun(entry), &flattening)
    // Numbering a location discovers more of them; the list grows while it is walked.
    var number = 0
    while number < flattening.order.count {
      let node = flattening.order[number]
      let first = flattening.alternatives.count
      let ways = waysOut(of: node, conditions: [])
      let isHandlersRest =
        surroundings.kind.isHandler && ways.contains { step(at: $0.node)?.mayRest ?? false }
      for way in ways {
        let node = isHandlersRest ? entering(way.node, &flattening) : way.node
        add(node, way.conditions, at: flattening.order[number], &flattening)
      }
      let here = flattening.alternatives[first...]
      // Whether an actor may rest is known by its location alone.
      if let step = here.first(where: { $0.step.mayRest && !$0.conditions.isEmpty })?.step {
        problems.append(
          "the step '\(step.name)' may rest, but is a way of a Choose behind a question about "
            + "registers")
      }
      let mayRest = here.isEmpty || here.contains { $0.step.mayRest }
      flattening.locations.append(
        Program.Location(
          alternatives: first..<flattening.alternatives.count, mayRest: mayRest,
          endsRun: here.isEmpty || surroundings.kind.isHandler && mayRest))
      number += 1
    }
    return Program(
      start: start, locations: flattening.locations, alternatives: flattening.alternatives,
      branches: flattening.branches, questions: questions(in: flattening))
  }

  /// The questions about registers that are asked somewhere, by their places.
  private func questions(in flattening: Flattening) -> [Int: Program.RegisterQuestion] {
    let conditions = flattening.alternatives.flatMap(\.conditions)
    let sites = flattening.branches.map(\.site) + conditions.map(\.site)
    return sites.reduce(into: [:]) { questions, site in
      if case .branch(_, let question, _, _) = nodes[site] { questions[site] = question }
    }
  }

  /// Adds the alternatives that a step comes to at a place: itself, and the beginning of a wait for its lock.
  private mutating func add(
    _ node: Int, _ conditions: [Program.RegisterCondition], at place: Int,
    _ flattening: inout Flattening
  ) {
    guard case .step(let step, let calls, let next, let otherwise) = nodes[node] else { return }
    flattening.alternatives.append(
      Program.Alternative(
        step: step, callSites: calls, conditions: conditions,
        next: continuation(at: next, &flattening),
        otherwise: continuation(at: otherwise, &flattening),
        site: flattening.sites[node] ?? node, beginsWait: flattening.endsInVain.contains(node)))
    guard let wait = step.contention, wait.matters(surroundings) else { return }
    let end =
      flattening.waits[node]
      ?? add(.step(step.end(of: wait), calls: calls, next: next, otherwise: otherwise))
    flattening.waits[node] = end
    flattening.sites[end] = flattening.sites[node] ?? node
    let waitingPlace = waitingPlace(before: end, of: node, at: place, &flattening)
    let waiting = continuation(at: waitingPlace, &flattening)
    flattening.alternatives.append(
      Program.Alternative(
        step: step.beginning(of: wait), callSites: calls, conditions: conditions, next: waiting,
        otherwise: waiting, site: flattening.sites[node] ?? node, beginsWait: true))
  }

  /// Where an actor waits for a step's lock: before the end of the wait, which may also be in vain.
  private mutating func waitingPlace(
    before end: Int, of node: Int, at place: Int, _ flattening: inout Flattening
  ) -> Int {
    guard case .step(let step, let calls, _, _) = nodes[node], let wait = step.contention,
      let givingUp = step.givingUp(wait)
    else { return end }
    if let known = flattening.waitingPlaces[[node, place]] { return known }
    let back = add(.step(givingUp, calls: calls, next: place, otherwise: place))
    flattening.sites[back] = flattening.sites[node] ?? node
    flattening.endsInVain.insert(back)
    let waiting = add(.choice([end, back]))
    flattening.waitingPlaces[[node, place]] = waiting
    return waiting
  }

  // MARK: How handlers begin

  /// A handler begins whenever it may, also where its first step has to wait: a step of its own comes before
  /// that. One that waits for a field and may rest there is what starts the handler, and stays.
  private mutating func begun(_ entry: Int) -> Int {
    if !surroundings.kind.isHandler { return entry }
    for place in places(from: entry) {
      let steps = waysOut(of: place, conditions: []).compactMap { step(at: $0.node) }
      if let step = steps.first(where: \.waitsInside), !steps.contains(where: \.mayRest) {
        return addEntry(before: entry, step, mayRest: true)
      }
    }
    return entry
  }

  /// The places that the branches on registers lead to, each once.
  private mutating func places(from node: Int) -> [Int] {
    var places: [Int] = []
    var met: Set<Int> = []
    var rest = [node]
    while let next = rest.popLast() {
      let place = resolve(next)
      if !met.insert(place).inserted { continue }
      switch nodes[place] {
      case .branch(_, _, let yes, let no): rest += [no, yes]
      case .step, .choice: places.append(place)
      case .jump, .finish: break
      }
    }
    return places
  }

  /// What a handler does first where it would rest at a step: that step itself, unless it waits inside.
  private mutating func entering(_ node: Int, _ flattening: inout Flattening) -> Int {
    guard case .step(let step, let calls, let next, let otherwise) = nodes[node], step.waitsInside
    else { return node }
    if let known = flattening.entries[node] { return known }
    var inside = step
    inside.mayRest = false
    let place = add(.step(inside, calls: calls, next: next, otherwise: otherwise))
    flattening.sites[place] = node
    let entry = addEntry(before: place, step, mayRest: step.mayRest)
    flattening.entries[node] = entry
    return entry
  }

  private mutating func addEntry(before node: Int, _ step: StepDefinition, mayRest: Bool) -> Int {
    var enter = StepDefinition(
      "enter \(actor)", .local, answers: false, at: step.declaration
    ) { _ in true }
    enter.mayRest = mayRest
    return add(.step(enter, calls: [], next: node, otherwise: node))
  }

  private func step(at node: Int) -> StepDefinition? {
    if case .step(let step, _, _, _) = nodes[node] { step } else { nil }
  }

  private struct Flattening {
    var numbers: [Int: Int] = [:]
    var order: [Int] = []
    var locations: [Program.Location] = []
    var alternatives: [Program.Alternative] = []
    var branches: [Program.Branch] = []
    var branchNumbers: [Int: Int] = [:]
    /// The branches whose ways are followed.
    var underWay: Set<Int> = []
    /// By step: the same step at the end of a wait for its lock.
    var waits: [Int: Int] = [:]
    /// By step and the place where it is taken: where its actor waits for its lock, if that may be in vain.
    var waitingPlaces: [[Int]: Int] = [:]
    /// The steps by which a wait ends in vain.
    var endsInVain: Set<Int> = []
    /// By step that the compiler made of another: the one that was written.
    var sites: [Int: Int] = [:]
    /// By step at which a handler would rest: the one that it begins with.
    var entries: [Int: Int] = [:]
  }

  /// The questions about registers that may stand one after the other between two steps.
  private static let mostQuestionsInARow = 512

  private mutating func continuation(
    at node: Int, _ flattening: inout Flattening
  ) -> Program.Continuation {
    let place = resolve(node)
    if case .branch(let predicate, _, let yes, let no) = nodes[place] {
      if let number = flattening.branchNumbers[place] { return .branch(number) }
      if !flattening.underWay.insert(place).inserted {
        return .location(fail("a Loop takes no step"))
      }
      defer { flattening.underWay.remove(place) }
      if flattening.underWay.count > Self.mostQuestionsInARow {
        return .location(
          fail(
            "more than \(Self.mostQuestionsInARow) questions about registers stand one after the other"
          ))
      }
      let branch = Program.Branch(
        predicate: predicate, site: place,
        yes: continuation(at: yes, &flattening), no: continuation(at: no, &flattening))
      flattening.branches.append(branch)
      flattening.branchNumbers[place] = flattening.branches.count - 1
      return .branch(flattening.branches.count - 1)
    }
    // Every finish is the same place.
    let key = if case .finish = nodes[place] { 0 } else { place }
    if let number = flattening.numbers[key] { return .location(number) }
    flattening.numbers[key] = flattening.order.count
    flattening.order.append(key)
    return .location(flattening.order.count - 1)
  }

  /// The questions about registers that may stand one after the other before a step.
  private static let mostQuestions = 16

  /// The steps that a waiting place offers, choices within choices and branches spread out.
  private mutating func waysOut(
    of node: Int, conditions: [Program.RegisterCondition], after passed: [Int] = []
  ) -> [(node: Int, conditions: [Program.RegisterCondition])] {
    let place = resolve(node)
    if !problems.isEmpty { return [] }
    if passed.contains(place) {
      _ = fail("a Loop takes no step")
      return []
    }
    let passed = passed + [place]
    switch nodes[place] {
    case .step:
      return [(place, conditions)]
    case .choice(let entries):
      return entries.flatMap { waysOut(of: $0, conditions: conditions, after: passed) }
    case .branch(_, _, let yes, let no) where resolve(yes) == resolve(no):
      return waysOut(of: yes, conditions: conditions, after: passed)
    case .branch(let predicate, _, let yes, let no):
      if conditions.count >= Self.mostQuestions {
        _ = fail("a way of a Choose begins with more than \(Self.mostQuestions) questions")
        return []
      }
      return [(yes, true), (no, false)].flatMap { target, expected in
        waysOut(
          of: target,
          conditions: conditions + [.init(predicate: predicate, expected: expected, site: place)],
          after: passed)
      }
    case .finish:
      if passed.count > 1 { _ = fail("a way of a Choose ends the program without a step") }
      return []
    case .jump:
      return []
    }
  }
}
