/// What a system is made of, as a hash for each declared part, so that a trace can tell whether it
/// is run in the system it was made with.
///
/// It is the same on every run and machine. What a step or property *does* is a function and can't
/// be hashed: a change there shows when the steps are run again.
public struct Fingerprint: Sendable, Equatable {
  /// The hashes by the part they are of: "field page0.refcount", "actor virtio-mem".
  let parts: [String: String]

  /// What tells the systems apart, the saved one being this, each in a few words.
  func differences(from now: Fingerprint) -> [String] {
    let names = Set(parts.keys).union(now.parts.keys).sorted()
    let differences = names.filter { $0 != Self.order }.compactMap { name -> String? in
      switch (parts[name], now.parts[name]) {
      case (nil, _): "the \(name) is new"
      case (_, nil): "the \(name) is gone"
      case (let old, let new): old == new ? nil : "the \(name) has changed"
      }
    }
    if differences.isEmpty && self != now { return ["the order of its declarations has changed"] }
    return differences
  }

  /// One hash of all parts.
  package var digest: String {
    var hash = StableHash()
    for (part, text) in parts.sorted(by: { $0.key < $1.key }) {
      hash.add(part)
      hash.add(text)
    }
    return hash.text
  }

  /// The part that stands for the order of the others.
  private static let order = "order"
}

extension Fingerprint: Codable {
  public init(from decoder: any Decoder) throws {
    parts = try decoder.singleValueContainer().decode([String: String].self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(parts)
  }
}

extension System {
  /// The hashes of the system's parts: fields with their ranges, labels and initial values, actors
  /// with their CPUs and programs, invariants and goals.
  public var fingerprint: Fingerprint {
    var hashes: [String: StableHash] = [:]
    var order = StableHash()
    func add(_ part: String, _ describe: (inout StableHash) -> Void) {
      order.add(part)
      describe(&hashes[part, default: StableHash()])
    }
    // The engine's own fields follow from the programs.
    for field in layout.fields where field.role != .control {
      add("field \(field.name)") { $0.add(field) }
    }
    for actor in actors { add("actor \(actor.name)") { $0.add(actor) } }
    for invariant in invariants {
      add("invariant '\(invariant.name)'") { $0.add(invariant.severity.rawValue) }
    }
    for goal in goals { add("goal '\(goal.name)'") { $0.add(goal.kind.rawValue) } }
    hashes["order"] = order
    return Fingerprint(parts: hashes.mapValues(\.text))
  }
}

extension StableHash {
  fileprivate mutating func add(_ field: StateLayout.Declaration) {
    // Labels of a few values tell enumerations apart.
    let codes = field.slot.codes
    add("\(field.role == .shared) \(field.role == .ghost)")
    add(codes.lowerBound)
    add(codes.upperBound)
    for code in field.initialCodes { add(code) }
    for code in codes.prefix(64) { add(field.label(code)) }
  }

  fileprivate mutating func add(_ actor: System.ActorProgram) {
    let program = actor.program
    add("\(actor.kind) \(program.start)")
    add(actor.cpu.index)
    if actor.duty != .end { add("\(actor.duty)") }
    for location in program.locations {
      add("\(location.alternatives) \(location.mayRest)")
    }
    for alternative in program.alternatives {
      let step = alternative.step
      add(step.name)
      add("\(step.operation) \(step.answers)")
      for call in alternative.calls { add(call) }
      add("\(step.guardCondition != nil) \(step.mayRest) \(!step.contexts.isEmpty)")
      for assertion in step.assertions { add("\(assertion.text) \(assertion.severity)") }
      for condition in alternative.conditions { add("\(condition.expected)") }
      add("\(alternative.next) \(alternative.otherwise)")
    }
    for branch in program.branches { add("\(branch.yes) \(branch.no)") }
  }
}
