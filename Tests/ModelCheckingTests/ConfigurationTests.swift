import ModelChecking
import Testing

@Suite("Configurations")
struct ConfigurationTests {
  struct Design: SwitchedDesign {
    var steps = 3
  }

  private static let model = Model(
    name: "counting", summary: "", sources: [],
    bounds: [
      Bound("pages", "", default: 1, large: 3, in: 1...4),
      Bound("walkers", "", default: 2, large: 2, in: 0...2),
    ],
    variants: [
      Variant<Design>("as-reported", "", source: "", expect: .holds),
      Variant("with-hook", "", source: "", expect: .holds) { $0.steps = 4 },
    ],
    pieces: [
      Piece("hook", "", source: "") { $0.steps -= 1 },
      Piece("drain", "", source: "") { $0.steps -= 2 },
    ]
  ) { system, design, bounds in
    let count = system.field("count", .range(0...16), initially: 0)
    system.actor("counter", on: system.cpu()) { _ in
      for _ in 0..<design.steps * bounds.values[0].value {
        Step("count", .atomic(count)) { $0 += 1 }
      }
    }
  }

  @Test("is by default the first variant, whole, at the default bounds")
  func defaults() throws {
    let configuration = try Configuration(Self.model)
    #expect(configuration.name == "counting as-reported pages=1 walkers=2")
    #expect(configuration.variantName == "counting/as-reported")
    #expect(configuration.arguments == "counting --variant as-reported")
    #expect(configuration.isAtDefaultBounds)
    #expect(try configuration.system().search().statistics.states == 1 + 3)
  }

  @Test("says all that was chosen, and makes the system of it")
  func chosen() throws {
    let configuration = try Configuration(
      Self.model, variant: "with-hook", without: ["drain", "hook"], settings: ["pages": 4])
    #expect(configuration.takenOutNames == ["hook", "drain"])
    #expect(configuration.name == "counting with-hook without hook,drain pages=4 walkers=2")
    #expect(
      configuration.arguments == "counting --variant with-hook --without hook,drain --set pages=4")
    #expect(!configuration.isAtDefaultBounds)
    #expect(try configuration.system().search().statistics.states == 1 + 4)
  }

  @Test("loses more pieces, and keeps what it is without")
  func without() throws {
    let whole = try Configuration(Self.model, settings: ["walkers": 0])
    let less = whole.without(PieceSet(piece: 1))
    #expect(less.takenOutNames == ["drain"])
    #expect(less.without(PieceSet(piece: 0)).takenOutNames == ["hook", "drain"])
    #expect(less.bounds == whole.bounds && less.variant.name == whole.variant.name)
    #expect(whole.takenOut.isEmpty)
    #expect(try less.system().search().statistics.states == 1 + 1)
  }

  /// What can't be had, with the one error it must give.
  static let mistakes:
    [(variant: String?, without: [String], settings: [String: Int], error: String)] = [
      (
        "with-hok", [], [:], "model 'counting' has no variant 'with-hok'; did you mean 'with-hook'?"
      ),
      (
        "", [], [:],
        "model 'counting' has no variant ''; there is: as-reported, with-hook"
      ),
      (nil, ["drian"], [:], "model 'counting' has no piece 'drian'; did you mean 'drain'?"),
      (nil, ["hook", "drain", "hook"], [:], "piece 'hook' is named twice"),
      (
        nil, [], ["pages": 2, "walker": 1],
        "model 'counting' has no bound 'walker'; did you mean 'walkers'?"
      ),
      (
        nil, [], ["pages": 5], "bound 'pages' of model 'counting' is 5, but must be from 1 to 4"
      ),
    ]

  @Test("is refused where a name is not there or a value out of range", arguments: mistakes.indices)
  func mistake(number: Int) {
    let (variant, without, settings, message) = Self.mistakes[number]
    #expect(throws: InputError(message)) {
      try Configuration(Self.model, variant: variant, without: without, settings: settings)
    }
  }

  @Test("a model with wrong declarations is told when its system is made")
  func broken() throws {
    let model = Model(
      name: "broken", summary: "", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: ())]
    ) { _, _, _ in }
    let configuration = try Configuration(model)
    #expect(throws: InputError("model 'broken' is broken: it has no actor")) {
      try configuration.system()
    }
  }

  @Test("comes back from a saved trace", arguments: [[], ["drain"], ["hook", "drain"]])
  func savedTrace(pieces: [String]) throws {
    let configuration = try Configuration(
      Self.model, variant: "with-hook", without: pieces, settings: ["pages": 3])
    let saved = SavedTrace(Walk(try configuration.system()), in: configuration)
    #expect(saved.without == (pieces.isEmpty ? nil : pieces))
    let again = try saved.configuration(of: Self.model)
    #expect(again.name == configuration.name)
    #expect(try Replay(saved, in: again.system()).difference == nil)
  }
}
