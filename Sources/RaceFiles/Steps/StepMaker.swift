import ModelChecking

/// Makes the code of a step.
struct StepMaker {
  private let machine: Machine
  private let registers: [Int: Code.Register]
  private let program: CompiledRace.Program
  private let step: Settled.Step
  private var code: Code
  private var branches: [StepCode.Branch] = []
  private var leaves: [StepCode.Leaf] = []
  private var assertions = 0
  /// The locations that it leads to, each once, in the order of the text.
  private(set) var targets: [Int] = []

  init(
    _ machine: Machine, _ registers: [Int: Code.Register], _ program: CompiledRace.Program,
    _ step: Settled.Step
  ) {
    self.machine = machine
    self.registers = registers
    self.program = program
    self.step = step
    code = Code(machine, registers: registers)
  }

  mutating func make() -> StepCode {
    let access = step.access
    let place = place(of: access)
    let enabled = access.enabled.map { code.add($0) }
    let value = access.value.map { code.add($0) }
    let isWritten = access.isWritten.map { code.add($0) }
    let before = step.writes.map { write($0) }
    add(step.tree)
    return StepCode(
      machine, code, place: place, enabled: enabled, value: value, isWritten: isWritten,
      before: before, tree: branches, leaves: leaves)
  }

  /// The registers whose change at the step is no news: what the author has no name for, and what is only set
  /// back.
  var quietRegisters: [Field<Int>] {
    let assigned = Set(step.tree.leaves.flatMap { $0.registers.map(\.variable) })
    let dropped = Set(step.tree.leaves.flatMap(\.dropped)).subtracting(assigned)
    let quiet = assigned.filter { !program.settled.variables[$0].isNamed }.union(dropped)
    return quiet.sorted().compactMap { variable in
      if case .storage(let storage) = registers[variable] { storage.field } else { nil }
    }
  }

  private mutating func place(of access: Access) -> StepCode.Place {
    switch access.kind {
    case .load, .store, .update:
      if let address = access.address.value, let cell = Address.cell(address),
        let storage = machine.storage(of: cell)
      {
        return .fixed(storage)
      }
      return .computed(code.add(access.address))
    case .pause, .fence, .section, .engine: return .none
    }
  }

  /// - Returns: the position of the tree's root.
  @discardableResult private mutating func add(_ tree: Settled.Tree) -> Int {
    let position = branches.count
    switch tree {
    case .leaf(let leaf):
      branches.append(.leaf(leaves.count))
      let way = targets.firstIndex(of: leaf.target) ?? targets.count
      if way == targets.count { targets.append(leaf.target) }
      leaves.append(made(leaf, way))
    case .branch(let term, let yes, let no):
      branches.append(.leaf(0))
      let asked = code.add(term)
      let first = add(yes)
      branches[position] = .branch(asked, yes: first, no: add(no))
    case .assertion(_, let term, let next):
      branches.append(.leaf(0))
      let number = assertions
      assertions += 1
      let fires = code.add(term)
      branches[position] = .assertion(number, fires, next: add(next))
    }
    return position
  }

  private mutating func made(_ leaf: Settled.Leaf, _ way: Int) -> StepCode.Leaf {
    var stored: [(storage: Storage?, value: Int)] = []
    for (variable, term) in leaf.registers {
      if case .storage(let storage) = registers[variable] {
        stored.append((storage, code.add(term)))
      } else if term.mayBeUndefined {
        // A variable that always has one value needs no store, but must have one.
        stored.append((nil, code.add(term)))
      }
    }
    let dropped = leaf.dropped.compactMap { variable -> (field: Field<Int>, code: Int)? in
      guard case .storage(let storage) = registers[variable], let domain = program.domains[variable]
      else {
        return nil
      }
      return (storage.field, domain.resetCode)
    }
    return StepCode.Leaf(
      way: way, registers: stored, writes: leaf.writes.map { write($0) }, dropped: dropped)
  }

  private mutating func write(
    _ write: (address: Term, term: Term)
  ) -> (cell: Storage?, address: Int, value: Int) {
    let value = code.add(write.term)
    if let address = write.address.value, let cell = Address.cell(address),
      let storage = machine.storage(of: cell)
    {
      return (storage, 0, value)
    }
    return (nil, code.add(write.address), value)
  }
}
