import ModelChecking
import Testing

/// Mistakes of authors are told, and end nothing but what is asked of that model.
@Suite("Mistakes in models")
struct ModelProblemTests {
  private typealias Variants = [Variant<Int>]

  private func model(
    _ variants: [String] = ["reported", "fixed"], fix: String? = nil, pieces: [String] = [],
    bounds: [Bound] = [], expect: ModelChecking.Expectation = .holds
  ) -> Model {
    Model(
      name: "m", summary: "", sources: [], bounds: bounds,
      variants: variants.map { Variant($0, "", source: "", expect: expect, design: 0) }, fix: fix,
      pieces: pieces.map { Piece($0, "", source: "") { (_: inout Int) in } }
    ) { b, _, _ in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("a", on: b.cpu()) { _ in Step("set", .store(n)) { 1 } }
      b.invariant("n is never 1") { s in s[n] != 1 }
      b.goal("n is set") { s in s[n] == 1 }
    }
  }

  private func message(_ model: Model) -> String {
    let system = Result { () throws(InputError) in try Configuration(model).system() }
    if case .failure(let error) = system { return error.message }
    return "none"
  }

  @Test("names, and what is out of range, are told when a system is made")
  func declarations() {
    func bound(_ value: Int, large: Int = 1) -> Bound {
      Bound("pages", "", default: value, large: large, in: 1...3)
    }
    let told = [
      (model(), "none"),
      (model(fix: "fixt"), "its fix: there is no variant 'fixt'; did you mean 'fixed'?"),
      (model([]), "it has no variant"),
      (model(["a", "b", "a", "a"]), "two variants are called 'a'"),
      (model(pieces: ["p", "q", "p"]), "two pieces are called 'p'"),
      (model(pieces: (0..<63).map(String.init)), "it has more than 62 pieces"),
      (model(bounds: [bound(1), bound(2)]), "two bounds are called 'pages'"),
      (model(bounds: [bound(4)]), "the default value of bound 'pages' is 4, and its range 1 to 3"),
      (
        model(fix: "x", bounds: [bound(1, large: 9)]),
        "its fix: there is no variant 'x'; there is: reported, fixed; "
          + "the large value of bound 'pages' is 9, and its range 1 to 3"
      ),
    ]
    for (model, problem) in told {
      #expect(message(model) == (problem == "none" ? problem : "model 'm' is broken: \(problem)"))
      #expect(model.fix.name == (model.variants.first?.name))
    }
  }

  @Test("a verdict under sc stands in one place")
  func secondVerdict() {
    let model = Model(
      name: "m", summary: "", sources: [], bounds: [],
      variants: [
        Variant("v", "", source: "", expect: .holds, under: [.sc: .deadlock(steps: 1)], design: 0)
      ]
    ) { _, _, _ in }
    #expect(
      message(model)
        == "model 'm' is broken: variant 'v' states its verdict under sc in 'expect:', and another in 'under:'"
    )
  }

  @Test("pieces that are none, and pieces taken out of what is gated, do no harm")
  func pieces() throws {
    let configuration = try Configuration(model(pieces: ["p"]))
    let without = configuration.without([PieceSet(piece: 0), PieceSet(piece: 40)])
    #expect(without.takenOutNames == ["p"])
    #expect(throws: InputError.self) { try Gate([without], budget: SearchOptions()) }
    let many = try Configuration(model(pieces: (0..<11).map(String.init)))
    #expect(throws: InputError("11 pieces are too many; at most 10 can be varied")) {
      try many.matrix()
    }
  }

  @Test(
    "an expectation names properties that are there",
    arguments: [
      (.violated("n is never 1", steps: 1), .expected, nil),
      (
        .violated("n is never one", steps: 1), .error,
        "it expects 'n is never one', and no property is called so; did you mean 'n is never 1'?"
      ),
      (
        .stuck("n is never 1", steps: 1), .error,
        "it expects 'n is never 1', and no property is called so"
      ),
      (
        .found(.deadlock, steps: 1, warnings: ["w": 1]), .error,
        "it expects 'w', and no property is called so"
      ),
      (.lockMisused("a takes 'l', which it already holds", steps: 1), .unexpected, nil),
    ] as [(ModelChecking.Expectation, GateResult.Status, String?)])
  func expectations(
    stated: ModelChecking.Expectation, status: GateResult.Status, problem: String?
  ) throws {
    let check = try Configuration(model(["only"], expect: stated))
    let result = try Gate([check], budget: SearchOptions()).run()[0]
    #expect(result.status == status)
    if let problem {
      guard case .broken(problem) = result.ending else {
        Issue.record("found \(result.ending)")
        return
      }
    }
  }

  @Test("mistakes in fields and actors are told with their names")
  func fields() {
    enum Gaps: UInt8, FieldEnumeration { case one = 1, three = 3 }
    func problems(_ build: (SystemBuilder) -> Void) -> [String] {
      let system = Result { () throws(ModelError) in try System(build) }
      if case .failure(let error) = system { return error.problems }
      return []
    }
    let gaps = problems { b in
      _ = b.field("gaps", .cases as FieldDomain<Gaps>, initially: .one)
      b.actor("a", on: b.cpu()) { _ in Step("set") }
    }
    #expect(gaps == ["the domain of 'gaps': the raw values of Gaps must be 0, 1, 2 ... in order"])
    let few = problems { b in
      _ = b.field("owner", .optional(CPU.self, count: -1), initially: nil)
      b.actor("a", on: b.cpu()) { _ in Step("set") }
    }
    #expect(few == ["the domain of 'owner': there can't be -1 of CPU"])
    for index in [-1, 1] {
      let far = problems { b in
        _ = b.cpu()
        b.actor("a", on: CPU(index: index)) { _ in Step("set") }
      }
      #expect(far == ["the actor 'a' runs on CPU\(index), and 1 CPUs are declared by cpu()"])
    }
  }

  @Test("a field that the model leaves out says what to add")
  func leftOut() throws {
    let system = try System { b in
      let n = b.field("n", .only(0, otherwise: "add n to the parts"), initially: 0)
      b.actor("a", on: b.cpu()) { _ in Step("set", .store(n)) { 1 } }
    }
    let outcome = try system.search()
    #expect(
      outcome.propertyOfVerdict == "'n' would become 1, outside 0 to 0; add n to the parts")
  }
}
