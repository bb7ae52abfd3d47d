/// The local variables on which addresses of shared accesses depend.
///
/// A load whose value comes to be in one orders the loads at those addresses (tools/memory-model/Documentation/
/// explanation.txt, "address dependencies").
struct AddressFlow {
  private let variables: Set<Int>

  init(_ settled: Settled) {
    let steps = settled.locations.flatMap(\.ways.steps)
    var variables: Set<Int> = []
    for step in steps { step.access.address.forEachVariable { variables.insert($0) } }
    let assigned = steps.flatMap(\.tree.leaves).flatMap(\.registers)
    var isSettled = variables.isEmpty
    while !isSettled {
      let count = variables.count
      for (variable, term) in assigned where variables.contains(variable) {
        term.forEachVariable { variables.insert($0) }
      }
      isSettled = variables.count == count
    }
    self.variables = variables
  }

  /// Whether what a step sees may come to be in an address.
  func gives(_ step: Settled.Step) -> Bool {
    step.tree.leaves.contains { leaf in
      leaf.registers.contains { variables.contains($0.variable) && $0.term.hasSeen }
    }
  }
}

extension Settled.Ways {
  /// The steps in it that are the file's own.
  fileprivate var steps: [Settled.Step] {
    switch self {
    case .finish, .engine: []
    case .step(let step): [step]
    case .branch(_, _, _, let yes, let no): yes.steps + no.steps
    case .choose(let ways): ways.flatMap(\.steps)
    }
  }
}
