import Foundation
import ModelChecking

extension GateReport {
  /// The report as SARIF 2.1.0: a result for each variant that is not as it should be, at the line
  /// that declares it, with the schedule as a flow through the steps' source lines. The properties
  /// that it is about are related; one that no step leads away from is itself the location.
  public func sarif() throws -> String {
    let rules = Rule.all
    let results = entries.compactMap { entry in
      rules.firstIndex { $0.id == entry.result.status.ruleID }.map { index in
        Result(entry, rule: rules[index], index: index)
      }
    }
    return try JSONEncoder.report.text(
      Log(
        runs: [
          Run(
            tool: Tool(driver: Driver(name: tool.name, version: tool.version, rules: rules)),
            results: results)
        ]))
  }
}

extension GateResult.Status {
  /// The rule that a result of this status breaks; nil for what is as expected.
  fileprivate var ruleID: String? {
    switch self {
    case .expected: nil
    case .unexpected: "unexpected-verdict"
    case .vacuous: "vacuous"
    case .inconclusive: "inconclusive"
    case .notRun: "not-run"
    case .error: "error"
    }
  }
}

// The objects of the format that are needed, by their names in the standard.

private struct Log: Encodable {
  let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
  let version = "2.1.0"
  let runs: [Run]

  enum CodingKeys: String, CodingKey {
    case schema = "$schema"
    case version, runs
  }
}

private struct Run: Encodable {
  let tool: Tool
  let columnKind = "unicodeCodePoints"
  let results: [Result]
}

private struct Tool: Encodable {
  let driver: Driver
}

private struct Driver: Encodable {
  let name: String
  let version: String?
  let rules: [Rule]
}

private struct Rule: Encodable {
  struct Configuration: Encodable {
    let level: String
  }

  let id: String
  let shortDescription: Message
  let defaultConfiguration: Configuration

  init(_ id: String, level: String, _ description: String) {
    self.id = id
    shortDescription = Message(text: description)
    defaultConfiguration = Configuration(level: level)
  }

  static let all = [
    Rule(
      "unexpected-verdict", level: "error",
      "A variant's verdict, trace length or warnings are not those that it states."),
    Rule(
      "vacuous", level: "error",
      "A variant holds as it states, but part of its model never happened, and it does not say why."
    ),
    Rule(
      "inconclusive", level: "warning", "A limit ended a variant's search before its verdict."),
    Rule("not-run", level: "warning", "A variant's turn never came."),
    Rule("error", level: "error", "Something is wrong with a variant's model."),
  ]
}

private struct Result: Encodable {
  let ruleId: String
  let ruleIndex: Int
  let level: String
  let message: Message
  let locations: [Location]
  let relatedLocations: [Location]?
  let partialFingerprints: [String: String]
  let codeFlows: [CodeFlow]?

  init(_ entry: GateReport.Entry, rule: Rule, index: Int) {
    ruleId = rule.id
    ruleIndex = index
    level = rule.defaultConfiguration.level
    message = Message(
      text: "\(entry.name)\nexpected: \(entry.expected)\nfound: \(entry.error ?? entry.found)\n"
        + "again: \(entry.command)")
    let findings = entry.result.outcome?.findings ?? []
    let variant = entry.result.configuration.variant.declaration
    let logical = LogicalLocation(fullyQualifiedName: entry.name, kind: "member")
    let gaps =
      entry.result.status == .vacuous ? entry.result.outcome?.coverage?.unexplained ?? [] : []
    let properties =
      findings.compactMap { finding in
        finding.subject.map {
          Location($0.declaration, message: "\(finding.kind.rawValue): \(finding.property)")
        }
      } + gaps.map { Location($0.declaration, message: $0.sentence) }
      + findings.flatMap(\.races).map { Location($0.declaration, message: $0.sentence) }
    if let main = entry.report?.main, main.trace.steps.isEmpty, let property = main.subject {
      // No step is to blame, so it is the property that is looked at.
      locations = [Location(property.declaration, logical: logical)]
      relatedLocations = [Location(variant, message: "the variant")] + properties.dropFirst()
    } else {
      locations = [Location(variant, logical: logical)]
      relatedLocations = properties.isEmpty ? nil : properties
    }
    // Lines move; the variant is the same as long as its name is.
    partialFingerprints = ["variant/v1": entry.name]
    let flows = findings.compactMap(CodeFlow.init)
    codeFlows = flows.isEmpty ? nil : flows
  }
}

private struct Message: Encodable {
  let text: String
}

private struct Location: Encodable {
  let physicalLocation: PhysicalLocation
  var logicalLocations: [LogicalLocation]?
  var message: Message?

  init(_ line: SourceLine, logical: LogicalLocation? = nil, message: String? = nil) {
    physicalLocation = PhysicalLocation(line)
    logicalLocations = logical.map { [$0] }
    self.message = message.map(Message.init)
  }
}

private struct LogicalLocation: Encodable {
  let fullyQualifiedName: String
  let kind: String
}

private struct PhysicalLocation: Encodable {
  struct ArtifactLocation: Encodable {
    let uri: String
    let uriBaseId = "%SRCROOT%"
  }

  struct Region: Encodable {
    let startLine: Int
  }

  let artifactLocation: ArtifactLocation
  let region: Region

  init(_ line: SourceLine) {
    let path = line.path
    let uri = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    artifactLocation = ArtifactLocation(uri: uri)
    region = Region(startLine: line.line)
  }
}

/// A schedule is one flow and not one for each actor: viewers show each flow by itself, and it is
/// the order between the actors that matters.
private struct CodeFlow: Encodable {
  struct ThreadFlow: Encodable {
    let locations: [ThreadFlowLocation]
  }

  let message: Message
  let threadFlows: [ThreadFlow]

  /// Nil for a finding without a step, such as a goal that is out of reach from the start.
  init?(_ finding: Finding) {
    let steps = finding.trace.allSteps
    if steps.isEmpty { return nil }
    message = Message(text: finding.property)
    threadFlows = [ThreadFlow(locations: steps.enumerated().map(ThreadFlowLocation.init))]
  }
}

private struct ThreadFlowLocation: Encodable {
  let location: Location
  let nestingLevel: Int
  let executionOrder: Int
  /// What the step changed, with the value after it.
  let state: [String: Message]

  init(number: Int, step: TraceStep) {
    let changes = step.changes.map { ": \($0.field) \($0.before) -> \($0.after)" }
    location = Location(
      step.declaration,
      message: "CPU\(step.cpu) \(step.actor): \(step.name)" + changes.joined())
    nestingLevel = step.calls.count
    executionOrder = number + 1
    state = Dictionary(
      step.changes.map { ($0.field, Message(text: $0.after)) }, uniquingKeysWith: { $1 })
  }
}
