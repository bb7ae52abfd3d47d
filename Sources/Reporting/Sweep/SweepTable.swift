import Foundation
import ModelChecking

/// The rows of a sweep as cells, for whatever sets tables.
struct SweepTable {
  /// What was found, each property once.
  let properties: [String]
  private let bounds: [String]

  init(_ report: SweepReport) {
    bounds = report.swept.map(\.name)
    var properties: [String] = []
    for case .searched(let result) in report.shown.map(\.fate) {
      if let property = result.property, !properties.contains(property) {
        properties.append(property)
      }
    }
    self.properties = properties
  }

  /// The titles of the columns. The last is words, the others are numbers.
  var titles: [String] {
    bounds + ["states", "transitions", "depth", "seconds", "estimated", "verdict"]
  }

  func cells(_ row: Sweep.Row) -> [String] {
    let values = row.configuration.bounds.values.filter { bounds.contains($0.name) }
    let estimate = row.estimate.map(\.roughly) ?? ""
    var figures = ["", "", "", ""]
    var outcome = row.outcome
    if case .searched(let result) = row.fate {
      figures = [
        result.states.grouped, result.transitions.grouped, result.depth.grouped,
        String(format: "%.3f", result.seconds),
      ]
      if let number = result.property.flatMap({ properties.firstIndex(of: $0) }) {
        outcome += " (\(number + 1))"
      }
    }
    return values.map { "\($0.value)" } + figures + [estimate, outcome]
  }
}
