import ModelChecking
import Testing

@Suite("Fingerprints of systems")
struct FingerprintTests {
  /// What can be changed about a system that a fingerprint sees, one thing at a time.
  struct Parts {
    var range = 0...3
    var initial = 1
    var isGhost = false
    var startsAnywhere = false
    var field = "count"
    var step = "inc"
    var call = "get"
    var stores = false
    var isOrdered = false
    var claim: String?
    var hasGuard = false
    var mayRest = false
    var asks = false
    var swapsSteps = false
    var swapsActors = false
    var hasThirdActor = false
    var sharesCPU = false
    var isInterrupt = false
    var invariant = "the count is small"
    var severity = Severity.bug
    var goal = "the count is 0"
    var goalKind = Goal.Kind.reachable

    func system() throws -> System {
      try System { b in
        let count = declareCount(in: b)
        let gate = b.field("gate", .flag, initially: false)
        let cpu = b.cpu()
        let other = sharesCPU ? cpu : b.cpu()
        var inc =
          hasGuard
          ? Step(step, .atomic(gate), when: { _ in true }) { _ in }
          : Step(step, .atomic(gate, isOrdered ? .full : nil)) { _ in }
        if stores { inc = Step(step, .store(gate)) { false } }
        if let claim { inc = inc.asserting(claim) { _ in true } }
        let dec = Step("dec", .load(gate))
        let first = {
          b.actor("walker", on: cpu, isInterrupt ? .interrupt : .task) { _ in
            Call(call) {
              if swapsSteps { dec } else if mayRest { inc.mayRest() } else { inc }
            }
            if asks {
              Condition("dec", .load(gate)) { _ in true }
            } else if swapsSteps {
              inc
            } else {
              dec
            }
          }
        }
        if !swapsActors { first() }
        b.actor("driver", on: other) { _ in Step("put") }
        if swapsActors { first() }
        if hasThirdActor { b.actor("offliner", on: other) { _ in Step("scan") } }
        b.invariant(invariant, severity: severity) { s in count(s) < 9 }
        b.goal(goal, goalKind) { s in count(s) == 0 }
      }
    }

    /// The field, as a property sees it.
    private func declareCount(in b: SystemBuilder) -> @Sendable (State) -> Int {
      if isGhost {
        let count = b.ghost(field, .range(range), initially: initial)
        return { s in s[count] }
      }
      let count = b.field(
        field, .range(range), initiallyAnyOf: startsAnywhere ? Array(range) : [initial])
      return { s in s[count] }
    }
  }

  private static func changed(_ change: (inout Parts) -> Void) -> Parts {
    var parts = Parts()
    change(&parts)
    return parts
  }

  static let changes: [(what: String, parts: Parts)] = [
    ("the field count has changed", changed { $0.range = 0...4 }),
    ("the field count has changed", changed { $0.range = -1...3 }),
    ("the field count has changed", changed { $0.initial = 2 }),
    ("the field count has changed", changed { $0.isGhost = true }),
    ("the field count has changed", changed { $0.startsAnywhere = true }),
    ("the field count is gone, the field counter is new", changed { $0.field = "counter" }),
    ("the actor walker has changed", changed { $0.step = "page_ref_inc" }),
    ("the actor walker has changed", changed { $0.call = "take" }),
    ("the actor walker has changed", changed { $0.hasGuard = true }),
    ("the actor walker has changed", changed { $0.stores = true }),
    ("the actor walker has changed", changed { $0.isOrdered = true }),
    ("the actor walker has changed", changed { $0.claim = "the gate is shut" }),
    ("the actor walker has changed", changed { $0.mayRest = true }),
    ("the actor walker has changed", changed { $0.asks = true }),
    ("the actor walker has changed", changed { $0.swapsSteps = true }),
    ("the actor walker has changed", changed { $0.isInterrupt = true }),
    ("the actor driver has changed", changed { $0.sharesCPU = true }),
    ("the actor offliner is new", changed { $0.hasThirdActor = true }),
    ("the order of its declarations has changed", changed { $0.swapsActors = true }),
    ("the invariant 'the count is small' has changed", changed { $0.severity = .warning }),
    (
      "the invariant 'the count is small' is gone, the invariant 'x' is new",
      changed { $0.invariant = "x" }
    ),
    ("the goal 'the count is 0' has changed", changed { $0.goalKind = .alwaysReachable }),
  ]

  @Test("the same system built twice has the same")
  func same() throws {
    #expect(try Parts().system().fingerprint == Parts().system().fingerprint)
  }

  @Test("a change of any part is seen and named", arguments: changes.indices)
  func change(number: Int) throws {
    let (what, parts) = Self.changes[number]
    let before = try Parts().system()
    let after = try parts.system()
    #expect(before.fingerprint != after.fingerprint)
    let walk = Walk(before)
    let saved = SavedTrace(walk, in: try small())
    let error = #expect(throws: InputError.self) { _ = try Replay(saved, in: after) }
    #expect(
      error?.message.hasPrefix("it was made with another version of model 'small': ") == true)
    let named = error?.message.split(separator: ": ", maxSplits: 1).last ?? ""
    #expect(
      named.split(separator: ", ").sorted() == what.split(separator: ", ").sorted(), "\(named)")
  }

  private enum Old: UInt8, FieldEnumeration { case none, offline }
  private enum New: UInt8, FieldEnumeration { case none, buddy }

  private func system<Value: FieldEnumeration>(_: Value.Type) throws -> System {
    try System { b in
      _ = b.field("page.type", FieldDomain<Value>.cases, initially: Value(code: 0))
      b.actor("a", on: b.cpu()) { _ in Step("x") }
    }
  }

  @Test("a case that is called something else is a change")
  func labels() throws {
    #expect(try system(Old.self).fingerprint == system(Old.self).fingerprint)
    #expect(try system(Old.self).fingerprint != system(New.self).fingerprint)
  }
}

/// A configuration to save traces with, whose system is not looked at.
func small() throws -> Configuration {
  try Configuration(
    Model(
      name: "small", summary: "", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: ())]
    ) { _, _, _ in })
}
