import ModelChecking
import Models
import TestSupport
import Testing

@Suite("Every variant of every model")
struct VariantTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let model: Model
    let variant: VariantSummary
    var memoryModel = MemoryModel.sc
    var testDescription: String { "\(model.name) \(variant.name) \(memoryModel.rawValue)" }
  }

  static let cases = Model.all.flatMap { model in
    model.variants.map { Case(model: model, variant: $0) }
  }

  /// One for each memory model of which a variant states its verdict.
  static let verdicts = cases.flatMap { test in
    test.variant.memoryModels.map {
      Case(model: test.model, variant: test.variant, memoryModel: $0)
    }
  }

  /// By model: what its page says of the variants that hold.
  private static let documented = Result {
    Dictionary(
      uniqueKeysWithValues: try Model.all.map { ($0.name, try DocumentedCounts.all(of: $0)) })
  }

  @Test(
    "gives what it states by the reference search, and the same on 1, 2 and 4 threads",
    arguments: verdicts)
  func agreement(_ variant: Case) throws {
    var configuration = try Configuration(variant.model, variant: variant.variant.name)
    configuration.memoryModel = variant.memoryModel
    let system = try configuration.system()
    let reference = try system.search(strategy: .reference)
    #expect(
      configuration.expected?.isMet(by: reference) == true,
      "found \(reference.verdict), \(reference.findings.map { ($0.property, $0.trace.steps.count) })"
    )
    if reference.verdict == .holds {
      #expect(reference.coverage?.unexplained == [] && reference.coverage?.untrue == [])
    }
    for threads in [1, 2, 4] {
      var options = SearchOptions(threads: threads)
      // Small systems are over before a step is remembered, unless it is done at once.
      options.cacheInterval = threads == 2 ? 64 : 1
      let fast = try system.search(options)
      #expect(fast.verdict == reference.verdict)
      #expect(fast.goals == reference.goals)
      #expect(fast.coverage == reference.coverage)
      #expect(fast.statistics.states == reference.statistics.states)
      #expect(fast.statistics.transitions == reference.statistics.transitions)
      #expect(fast.statistics.levels == reference.statistics.levels)
      #expect(fast.findings.map(\.property) == reference.findings.map(\.property))
      #expect(fast.findings.map(\.trace.steps) == reference.findings.map(\.trace.steps))
    }
  }

  @Test(
    "gives the same outcome where what is alike is visited once, and holds at the larger bounds too",
    arguments: cases, [false, true])
  func reduction(_ variant: Case, isLarge: Bool) throws {
    // A violation is as short at larger bounds, or nearly.
    if isLarge && variant.variant.expected != .holds { return }
    let system = try variant.model.system(
      variant: variant.variant.name, settings: isLarge ? variant.model.largeBounds : [:])
    var options = SearchOptions(threads: isLarge ? 2 : 1)
    options.looksAtValues = true
    let full = try system.search(options)
    if variant.variant.expected == .holds {
      #expect(full.verdict == .holds)
      #expect(full.goals.allSatisfy { $0.steps != nil })
      let row = try Self.documented.get()[variant.model.name]?.first {
        $0.variant == variant.variant.name
      }
      #expect(
        DocumentedCounts(
          states: full.statistics.states, transitions: full.statistics.transitions)
          == (isLarge ? row?.large : row?.byDefault), "run Docs/make-tables")
    }
    options.mostStatesUnreduced = 0
    options.leastArrangements = 1
    options.setsRegistersBack = false
    let reduced = try system.search(options)
    #expect(reduced.verdict == full.verdict)
    #expect(reduced.goals == full.goals)
    #expect(reduced.coverage == full.coverage)
    #expect(reduced.statistics.states == full.statistics.states)
    #expect(reduced.statistics.transitions == full.statistics.transitions)
    #expect(reduced.statistics.levels == full.statistics.levels)
    #expect(reduced.findings.map(\.property) == full.findings.map(\.property))
    #expect(reduced.findings.map(\.trace.steps) == full.findings.map(\.trace.steps))
  }

  @Test("has steps that read and write what they say", arguments: cases)
  func footprints(_ variant: Case) throws {
    let system = try variant.model.system(variant: variant.variant.name)
    #expect(checkFootprints(of: system, mostStates: 60) == [])
  }

  @Test("names its sources, and its names are those of a command line")
  func names() {
    for model in Model.all {
      #expect(!model.sources.isEmpty)
      #expect(Set(model.variants.map(\.name)).count == model.variants.count)
      for name in [model.name] + model.variants.map(\.name) {
        #expect(name.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(name)")
      }
    }
  }
}
