import Foundation
import ModelChecking
import Models
import Reporting

/// A gate's report with every status, whose names hold all that some format gives a meaning to.
enum AwkwardReport {
  static let name = "a<b>&\"c\"'d', 100%: ]]>\n::error::\u{1}\r\té\u{FFFE}"

  static let model = Model(
    name: "model \(name)", summary: "", sources: [],
    bounds: [Bound("size", "", default: 1, large: 2, in: 1...2)],
    variants: [
      Variant("fine", "", source: "", expect: .violated(name, steps: 1), design: ()),
      Variant("wrong \(name)", "", source: "", expect: .holds, design: ()),
      Variant("longer", "", source: "", expect: .violated(name, steps: 2), design: ()),
      Variant("cut-short", "", source: "", expect: .holds, design: ()),
      Variant("not-reached", "", source: "", expect: .holds, design: ()),
    ]
  ) { system, _, _ in
    let field = system.field("field \(name)", .flag, initially: false)
    system.actor("actor \(name)", on: system.cpu()) { _ in
      Step("step \(name)", .store(field)) { true }
    }
    system.invariant(name) { s in !s[field] }
  }

  /// The awkward model's five variants, and the kernel race's as if each was expected to hold.
  static func make() throws -> GateReport {
    var results = try model.variants.map { variant in
      let configuration = try Configuration(model, variant: variant.name)
      let system = try configuration.system()
      let ending: Campaign.Ending =
        switch variant.name {
        case "cut-short": .searched(system, try system.search(SearchOptions(seconds: 0)))
        case "not-reached": .notRun(.time, reason: name)
        default: .searched(system, try system.search())
        }
      return GateResult(configuration, expected: variant.expected, ending)
    }
    results += try Model.putPageRace.variants.map { variant in
      let configuration = try Configuration(.putPageRace, variant: variant.name)
      let system = try configuration.system()
      return GateResult(
        configuration, expected: .holds, .searched(system, try system.search()))
    }
    return GateReport(
      tool: ("straypage", "1.2.3"),
      entries: results.map {
        GateReport.Entry($0, command: "straypage check \($0.configuration.variantName)")
      },
      leftOut: [
        (.pageChurn, Model.pageChurn.variants.map(\.name)), (.putPageRace, ["put-page-hook"]),
      ],
      begin: Date(timeIntervalSince1970: 1_571_227_200), seconds: 1.5)
  }

  /// The variants of the kernel race whose verdict is not that everything holds.
  static let wrong = Model.putPageRace.variants.filter { $0.expected != .holds }
}
