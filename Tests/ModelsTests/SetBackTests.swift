import ModelChecking
import Models
import TestSupport
import Testing

@Suite("Registers of every variant that are written before they are read again")
struct SetBackTests {
  @Test(
    "are set back with the same outcome, and as many states as are left of all",
    arguments: VariantTests.cases)
  func variant(_ variant: VariantTests.Case) throws {
    let system = try variant.model.system(variant: variant.variant.name)
    let full = try system.search()
    var options = SearchOptions()
    options.mostStatesUnreduced = 0
    options.statesToLearnFrom = 1000
    options.leastArrangements = .max
    let reduced = try system.search(options)
    #expect(reduced.verdict == full.verdict)
    #expect(reduced.goals == full.goals)
    #expect(reduced.coverage == full.coverage)
    #expect(reduced.statistics.depth <= full.statistics.depth)
    #expect(reduced.findings.map(\.property) == full.findings.map(\.property))
    #expect(reduced.findings.map(\.trace.steps) == full.findings.map(\.trace.steps))
    if reduced.setBack.isEmpty {
      #expect(reduced.statistics.states == full.statistics.states)
    } else if full.statistics.states < 20_000 {
      #expect(try reduced.statistics.states == imagesSetBack(of: system).states.count)
    }
  }
}
