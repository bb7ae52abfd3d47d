import Foundation
import ModelChecking

extension SweepReport {
  /// The report for programs: one JSON object, described in Docs/CommandLine.md.
  public func json() throws -> String {
    try JSONEncoder.report.text(
      Form(
        model: model.name, command: command, part: shard.map { "\($0.number)/\($0.count)" },
        checks: shown.map { Check($0, self) }, seconds: seconds))
  }

  private struct Form: Encodable {
    let format = 1
    let model: String
    let command: String
    let part: String?
    let checks: [Check]
    let seconds: Double
  }

  private struct Check: Encodable {
    let variant: String
    let memoryModel: MemoryModel
    let bounds: [String: Int]
    let command: String
    /// The verdict, "refused" or "not tried".
    let status: String
    /// Why there is no verdict.
    let reason: String?
    let property: String?
    let limit: SearchLimit?
    let steps: Int?
    let states: Int?
    let visited: Int?
    let transitions: Int?
    let depth: Int?
    /// Whether the counts are those of the whole.
    let isWhole: Bool?
    let seconds: Double?
    /// The states by the growth of smaller bounds.
    let estimate: Int?

    init(_ row: Sweep.Row, _ report: SweepReport) {
      let configuration = row.configuration
      variant = configuration.variant.name
      memoryModel = configuration.memoryModel
      bounds = configuration.bounds.byName
      command = "\(report.tool) check \(configuration.arguments)\(report.options)"
      status = row.status
      estimate = row.estimate
      reason =
        switch row.fate {
        case .searched: nil
        case .refused(let reason): reason
        case .notTried(let reason): reason.words
        }
      let result = if case .searched(let result) = row.fate { result } else { nil as SweepResult? }
      property = result?.property
      limit = result?.verdict.limit
      steps = result?.steps
      states = result?.states
      visited = result?.visited
      transitions = result?.transitions
      depth = result?.depth
      isWhole = result?.isWhole
      seconds = result?.seconds
    }
  }
}
