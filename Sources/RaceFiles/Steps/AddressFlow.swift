import ModelChecking

/// The local variables on which addresses of shared accesses depend.
///
/// A load whose value comes to be in one orders the loads at those addresses (tools/memory-model/Documentation/
/// explanation.txt, "address dependencies"), also where the actor stores the value and loads it again.
struct AddressFlow {
  private let variables: Set<Int>

  init(_ program: CompiledRace.Program) {
    let steps = program.settled.locations.indices.flatMap { place in
      zip(program.settled.locations[place].ways.accesses, program.touched[place])
        .compactMap { step, cells in step.map { (step: $0, cells: Set(cells)) } }
    }
    var variables: Set<Int> = []
    var isSettled = false
    func add(_ term: Term) {
      term.forEachVariable { if variables.insert($0).inserted { isSettled = false } }
    }
    for (step, _) in steps { add(step.access.address) }
    while !isSettled {
      isSettled = true
      var cells: Set<Int> = []
      for (step, touched) in steps {
        if Self.gives(step, to: variables) { cells.formUnion(touched) }
        for (variable, term) in step.tree.leaves.flatMap(\.registers)
        where variables.contains(variable) { add(term) }
      }
      for (step, touched) in steps {
        if let value = step.access.value, !cells.isDisjoint(with: touched) { add(value) }
      }
    }
    self.variables = variables
  }

  /// What a step has to do with addresses.
  func dependency(of step: Settled.Step) -> AddressDependency {
    var dependency: AddressDependency = Self.gives(step, to: variables) ? .gives : []
    step.access.address.forEachVariable { _ in dependency.insert(.uses) }
    return dependency
  }

  /// Whether what a step sees may come to be in one of some variables.
  private static func gives(_ step: Settled.Step, to variables: Set<Int>) -> Bool {
    step.tree.leaves.contains { leaf in
      leaf.registers.contains { variables.contains($0.variable) && $0.term.hasSeen }
    }
  }
}

extension Settled.Ways {
  /// The steps in it, in the order of the text; nil for those that are the engine's.
  fileprivate var accesses: [Settled.Step?] {
    switch self {
    case .finish: []
    case .engine: [nil]
    case .step(let step): [step]
    case .branch(_, _, _, let yes, let no): yes.accesses + no.accesses
    case .choose(let ways): ways.flatMap(\.accesses)
    }
  }
}
