import Foundation
import ModelChecking

extension GateReport {
  /// The report for programs: one JSON object, described in Docs/CommandLine.md.
  public func json() throws -> String {
    try JSONEncoder.report.text(
      GateForm(
        seconds: seconds, peakBytes: peakBytes,
        counts: Dictionary(
          uniqueKeysWithValues: GateResult.Status.allCases.map {
            ($0.rawValue, entries($0).count)
          }),
        checks: entries.map(GateForm.Check.init),
        leftOut: leftOut.flatMap { left in left.variants.map { "\(left.model.name)/\($0)" } }
          + otherMachines.map(\.checkName),
        part: part.map(Sealed.init)))
  }

  private struct GateForm: Encodable {
    let format = 1
    let seconds: Double
    let peakBytes: Int
    let counts: [String: Int]
    let checks: [Check]
    let leftOut: [String]
    let part: Sealed<ShardReport>?

    struct Check: Encodable {
      let model: String
      let variant: String
      let memoryModel: MemoryModel
      let file: String
      let line: Int
      let status: GateResult.Status
      let expected: String
      let found: String
      let error: String?
      let command: String
      let report: JSONForm?

      init(_ entry: Entry) {
        model = entry.result.configuration.model.name
        variant = entry.result.configuration.variant.name
        memoryModel = entry.result.configuration.memoryModel
        file = entry.path
        line = entry.line
        status = entry.result.status
        expected = entry.expected
        found = entry.found
        error = entry.error
        command = entry.command
        report = entry.report.map(JSONForm.init)
      }
    }
  }
}
