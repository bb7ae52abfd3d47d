/// Goes through all combinations of choices, of which it learns while they are made.
struct Odometer {
  private var digits: [(chosen: Int, count: Int)] = []
  private var position = 0
  private(set) var runs = 0

  mutating func choose(of count: Int) -> Int {
    if position == digits.count { digits.append((0, count)) }
    defer { position += 1 }
    return digits[position].chosen
  }

  /// Sets the next combination; false after the last.
  mutating func advance() -> Bool {
    runs += 1
    position = 0
    while let last = digits.popLast() {
      if last.chosen + 1 < last.count {
        digits.append((last.chosen + 1, last.count))
        return true
      }
    }
    return false
  }
}

/// One run of what can happen at a location, with one combination of values.
struct ValueRun: TermSource {
  private let sets: ValueSets
  private let member: Int
  private let location: Int
  var odometer: Odometer
  private(set) var effects: [ValueSets.Effect] = []
  private var variables: [Int: (value: Int, steps: Int)] = [:]
  private var contents: [Int: (value: Int, steps: Int)] = [:]
  /// The cells of which it asked what they hold.
  var cellsSeen: [Int] { Array(contents.keys) }
  private var seenValue: (value: Int, steps: Int)?
  private var touching: Int?

  init(_ sets: ValueSets, _ member: Int, _ location: Int, _ odometer: Odometer) {
    self.sets = sets
    self.member = member
    self.location = location
    self.odometer = odometer
  }

  private mutating func pick(_ values: ValueSets.Values) -> (value: Int, steps: Int) {
    let sorted = values.sorted { $0.key < $1.key }
    let chosen = sorted[odometer.choose(of: sorted.count)]
    return (chosen.key, chosen.value)
  }

  // MARK: What terms ask

  mutating func variable(_ number: Int) -> Int {
    if let known = variables[number] { return known.value }
    let values = sets.registers[member][location][number] ?? [:]
    let picked = values.isEmpty ? (0, 0) : pick(values)
    variables[number] = picked
    return picked.0
  }

  mutating func seen() -> Int { seenValue?.value ?? 0 }

  mutating func cell(at address: Int) -> Int? {
    guard let cell = self.cell(of: address) else { return nil }
    if let touching { effects.append(.touch(step: touching, cell: cell)) }
    return content(of: cell).value
  }

  /// The cell of an address; nil where nothing is.
  private func cell(of address: Int) -> Int? {
    guard let cell = Address.cell(address), sets.memory.cells.indices.contains(cell),
      sets.memory.cells[cell].role != .end
    else { return nil }
    return cell
  }

  private mutating func content(of cell: Int) -> (value: Int, steps: Int) {
    if let known = contents[cell] { return known }
    let picked: (value: Int, steps: Int)
    if case .lock = sets.memory.cells[cell].role {
      picked = (odometer.choose(of: 2), 0)
    } else {
      picked = sets.cells[cell].isEmpty ? (0, 0) : pick(sets.cells[cell])
    }
    contents[cell] = picked
    return picked
  }

  // MARK: Steps

  mutating func go(_ ways: Settled.Ways) {
    var number = 0
    go(ways, &number)
  }

  /// - Parameter number: of the next step, in the order of the text.
  private mutating func go(_ ways: Settled.Ways, _ number: inout Int) {
    switch ways {
    case .finish: return
    case .step(let step):
      take(step, number)
      number += 1
    case .engine(let access, let yes, let no):
      number += 1
      var target = yes
      if case .engine(let deed) = access.kind, deed.answers, odometer.choose(of: 2) == 1 {
        target = no
      }
      for write in target.writes { self.write(write, access) }
      end(target)
    case .branch(let term, _, _, let yes, let no):
      let isYes = (term.evaluated(in: &self) ?? 0) != 0
      if isYes { go(yes, &number) }
      if !isYes {
        number += yes.stepCount
        go(no, &number)
      }
    case .choose(let ways):
      // Each of them by itself, with the same values for what was asked before.
      let chosen = odometer.choose(of: ways.count)
      for way in ways.prefix(chosen) { number += way.stepCount }
      go(ways[chosen], &number)
    }
  }

  private mutating func take(_ step: Settled.Step, _ number: Int) {
    let access = step.access
    var place: Int?
    switch access.kind {
    case .load, .store, .update:
      guard let address = access.address.evaluated(in: &self), let cell = cell(of: address) else {
        return
      }
      effects.append(.touch(step: number, cell: cell))
      place = cell
      if case .store = access.kind {} else { seenValue = content(of: cell) }
    case .section: touching = number
    case .pause, .fence, .engine: break
    }
    if let enabled = access.enabled, (enabled.evaluated(in: &self) ?? 1) == 0 { return }
    for write in step.writes { self.write(write, access) }
    if let place, let value = access.value {
      if let isWritten = access.isWritten, (isWritten.evaluated(in: &self) ?? 0) == 0 {
        // Nothing is stored.
      } else if let new = value.evaluated(in: &self) {
        store(new, in: place, value, access)
      } else {
        return
      }
    }
    follow(step.tree, access)
  }

  private mutating func follow(_ tree: Settled.Tree, _ access: Access) {
    switch tree {
    case .branch(let term, let yes, let no):
      guard let asked = term.evaluated(in: &self) else { return }
      follow(asked != 0 ? yes : no, access)
    case .assertion(let statement, let term, let next):
      if (term.evaluated(in: &self) ?? 1) != 0 && !statement.isWarning { return }
      follow(next, access)
    case .leaf(let leaf):
      for write in leaf.writes { self.write(write, access) }
      end(leaf)
    }
  }

  private mutating func write(_ write: (address: Term, term: Term), _ access: Access) {
    guard let address = write.address.evaluated(in: &self), let cell = cell(of: address),
      let value = write.term.evaluated(in: &self)
    else { return }
    if let touching { effects.append(.touch(step: touching, cell: cell)) }
    store(value, in: cell, write.term, access)
  }

  private mutating func store(_ value: Int, in cell: Int, _ term: Term, _ access: Access) {
    effects.append(
      .cell(cell, value: value, steps: steps(of: term), line: access.line, spot: access.spot))
  }

  private mutating func end(_ leaf: Settled.Leaf) {
    effects.append(.reach(leaf.target))
    let target = sets.members[member].settled.locations[leaf.target]
    let stored = Set(leaf.registers.map(\.variable))
    for (variable, term) in leaf.registers {
      guard let value = term.evaluated(in: &self) else { continue }
      effects.append(
        .register(location: leaf.target, variable: variable, value: value, steps: steps(of: term)))
    }
    for variable in target.carried where !stored.contains(variable) {
      if let known = variables[variable] {
        effects.append(
          .register(
            location: leaf.target, variable: variable, value: known.value, steps: known.steps))
      } else {
        // It was not asked for: it keeps each value that it can have.
        for (value, steps) in sets.registers[member][location][variable] ?? [:] {
          effects.append(
            .register(location: leaf.target, variable: variable, value: value, steps: steps))
        }
      }
    }
  }

  /// How many steps that make new values a term's value took.
  private func steps(of term: Term) -> Int {
    var most = 0
    func note(_ steps: Int?) { most = max(most, steps ?? 0) }
    term.forEachVariable { note(variables[$0]?.steps) }
    if term.hasSeen { note(seenValue?.steps) }
    term.forEachCell { _ in for content in contents.values { note(content.steps) } }
    let isCounted = !term.isCopy && !sets.isInLoop(member, location)
    return most + (isCounted ? 1 : 0)
  }
}

extension Term {
  /// Whether what the step saw is in it.
  var hasSeen: Bool {
    switch self {
    case .seen: true
    case .constant, .variable: false
    case .cell(let inner), .not(let inner), .complement(let inner), .checked(let inner, _, _),
      .wrapped(let inner, _, _):
      inner.hasSeen
    case .binary(_, let a, let b), .moved(let a, let b, _, _): a.hasSeen || b.hasSeen
    case .conditional(let a, let b, let c): a.hasSeen || b.hasSeen || c.hasSeen
    }
  }
}
