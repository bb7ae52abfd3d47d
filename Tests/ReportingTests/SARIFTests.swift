import Foundation
import Models
import Reporting
import Testing

@Suite("The SARIF report")
struct SARIFTests {
  // What is no optional here is required by the standard, or by viewers.

  private struct Log: Decodable {
    let schema: String
    let version: String
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case version, runs
    }
  }

  private struct Run: Decodable {
    let tool: Tool
    let results: [Result]

    struct Tool: Decodable { let driver: Driver }
    struct Driver: Decodable {
      let name: String
      let version: String
      let rules: [Rule]
    }
    struct Rule: Decodable {
      let id: String
      let shortDescription: Message
    }
  }

  private struct Result: Decodable {
    let ruleId: String
    let ruleIndex: Int
    let level: String
    let message: Message
    let locations: [Location]
    let partialFingerprints: [String: String]
    let relatedLocations: [Location]?
    let codeFlows: [CodeFlow]?
  }

  private struct Message: Decodable { let text: String }

  private struct Location: Decodable {
    let physicalLocation: Physical
    let message: Message?

    struct Physical: Decodable {
      let artifactLocation: Artifact
      let region: Region
    }
    struct Artifact: Decodable { let uri: String }
    struct Region: Decodable { let startLine: Int }

    /// The text of the line that is named.
    func source() throws -> String {
      let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      let path = physicalLocation.artifactLocation.uri
      let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      return text.components(separatedBy: "\n")[physicalLocation.region.startLine - 1]
        .trimmingCharacters(in: .whitespaces)
    }
  }

  private struct CodeFlow: Decodable {
    let threadFlows: [ThreadFlow]

    struct ThreadFlow: Decodable { let locations: [Step] }
    struct Step: Decodable {
      let location: Location
      let nestingLevel: Int
      let executionOrder: Int
      let state: [String: Message]
    }
  }

  private func log() throws -> Log {
    try JSONDecoder().decode(Log.self, from: Data(try AwkwardReport.make().sarif().utf8))
  }

  /// The published schema's objects, as far as the report uses them: the members that each must
  /// have, and of those that it may have the ones in use. The schema allows no others.
  private static let schema: [String: (required: Set<String>, members: [String: String])] = [
    "sarifLog": (
      ["version", "runs"], ["$schema": "string", "version": "string", "runs": "[run]"]
    ),
    "run": (["tool"], ["tool": "tool", "columnKind": "string", "results": "[result]"]),
    "tool": (["driver"], ["driver": "toolComponent"]),
    "toolComponent": (
      ["name"], ["name": "string", "version": "string", "rules": "[reportingDescriptor]"]
    ),
    "reportingDescriptor": (
      ["id"],
      [
        "id": "string", "shortDescription": "multiformatMessageString",
        "defaultConfiguration": "reportingConfiguration",
      ]
    ),
    "reportingConfiguration": ([], ["level": "level"]),
    "multiformatMessageString": (["text"], ["text": "string"]),
    "message": (["text"], ["text": "string"]),
    "result": (
      ["message"],
      [
        "ruleId": "string", "ruleIndex": "integer", "level": "level", "message": "message",
        "locations": "[location]", "relatedLocations": "[location]",
        "partialFingerprints": "{string}", "codeFlows": "[codeFlow]",
      ]
    ),
    "location": (
      [],
      [
        "physicalLocation": "physicalLocation", "logicalLocations": "[logicalLocation]",
        "message": "message",
      ]
    ),
    "logicalLocation": ([], ["fullyQualifiedName": "string", "kind": "string"]),
    "physicalLocation": (
      ["artifactLocation"], ["artifactLocation": "artifactLocation", "region": "region"]
    ),
    "artifactLocation": ([], ["uri": "string", "uriBaseId": "string"]),
    "region": (["startLine"], ["startLine": "integer"]),
    "codeFlow": (["threadFlows"], ["message": "message", "threadFlows": "[threadFlow]"]),
    "threadFlow": (["locations"], ["locations": "[threadFlowLocation]"]),
    "threadFlowLocation": (
      [],
      [
        "location": "location", "nestingLevel": "integer", "executionOrder": "integer",
        "state": "{multiformatMessageString}",
      ]
    ),
  ]

  /// Where a value is not of the kind it must be.
  private func problems(_ value: Any, _ kind: String, at place: String = "") -> [String] {
    let inner = String(kind.dropFirst().dropLast())
    switch kind {
    case "string": return value is String ? [] : ["\(place) is no string"]
    case "integer": return (value as? Int).map { $0 >= 0 } == true ? [] : ["\(place) is \(value)"]
    case "level":
      let levels = ["none", "note", "warning", "error"]
      return levels.contains { $0 == value as? String } ? [] : ["\(place) is \(value)"]
    case _ where kind.hasPrefix("["):
      guard let list = value as? [Any] else { return ["\(place) is no list"] }
      if list.isEmpty && inner != "result" { return ["\(place) is empty"] }
      return list.flatMap { problems($0, inner, at: "\(place)[]") }
    case _ where kind.hasPrefix("{"):
      guard let members = value as? [String: Any] else { return ["\(place) is no object"] }
      return members.flatMap { problems($1, inner, at: "\(place).\($0)") }
    default:
      guard let members = value as? [String: Any], let rule = Self.schema[kind] else {
        return ["\(place) is no object"]
      }
      return rule.required.subtracting(members.keys).map { "\(place) has no \($0)" }
        + members.flatMap { name, member in
          rule.members[name].map { problems(member, $0, at: "\(place).\(name)") }
            ?? ["\(place) has a \(name)"]
        }
    }
  }

  @Test("fits the published schema")
  func schema() throws {
    let log = try JSONSerialization.jsonObject(with: Data(try AwkwardReport.make().sarif().utf8))
    #expect(problems(log, "sarifLog") == [])
  }

  @Test("has what viewers need")
  func viewers() throws {
    let log = try log()
    #expect(log.schema.hasSuffix("/sarif-schema-2.1.0.json"))
    #expect(log.version == "2.1.0")
    let run = try #require(log.runs.first)
    let driver = run.tool.driver
    #expect(driver.name == "straypage" && driver.version == "1.2.3")
    #expect(Set(driver.rules.map(\.id)).count == driver.rules.count)
    #expect(
      Set(run.results.map(\.partialFingerprints.description)).count == run.results.count)
    for result in run.results {
      #expect(driver.rules.indices.contains(result.ruleIndex))
      #expect(driver.rules[result.ruleIndex].id == result.ruleId)
      #expect(result.locations.count == 1)
      let flows = (result.codeFlows ?? []).flatMap(\.threadFlows)
      for flow in flows {
        #expect(flow.locations.map(\.executionOrder) == Array(1...flow.locations.count))
        #expect(flow.locations.allSatisfy { $0.location.message != nil })
      }
      #expect(result.relatedLocations?.allSatisfy { $0.message != nil } ?? true)
      for location in result.locations + (result.relatedLocations ?? [])
        + flows.flatMap(\.locations).map(\.location)
      {
        #expect(location.physicalLocation.region.startLine >= 1)
        let uri = location.physicalLocation.artifactLocation.uri
        #expect(uri.wholeMatch(of: /(Models|Sources|Tests)(\/[A-Za-z+]+)+\.swift/) != nil, "\(uri)")
      }
    }
  }

  @Test("has a result for each variant that is not as it should be")
  func results() throws {
    let results = try log().runs[0].results
    #expect(
      results.prefix(4).map(\.ruleId) == [
        "unexpected-verdict", "unexpected-verdict", "inconclusive", "not-run",
      ])
    #expect(results.prefix(4).map(\.level) == ["error", "error", "warning", "warning"])
    #expect(results.count == 4 + AwkwardReport.wrong.count)
    #expect(results[0].message.text.contains(AwkwardReport.name))
  }

  @Test("points at the variant, and with each step of the trace at the kernel function's step")
  func lines() throws {
    let result = try #require(
      try log().runs[0].results.first {
        $0.message.text.hasPrefix("put-page-race/as-reported\n")
      })
    #expect(try result.locations[0].source() == "Variant(")
    #expect(result.locations[0].physicalLocation.region.startLine > 1)
    let steps = try #require(result.codeFlows?.first?.threadFlows.first).locations
    #expect(
      try steps.map { try $0.location.source() } == [
        "Condition(\"get_page_unless_zero\", .atomic(page.refcount)) { count in",
        "Step(\"__SetPageOffline\", .store(page.type)) { .offline }",
        "Step(\"page_ref_dec\", .atomic(page.refcount)) { count in count -= 1 }",
        "Condition(\"page_ref_dec_and_test\", .atomic(page.refcount)) { count in",
        "Step(\"free_unref_page\", .store(page.freeList)) { .pcp(CPU(index: 0)) }",
      ])
    #expect(
      steps[0].location.message?.text
        == "CPU0 kernel walker: get_page_unless_zero: page0.refcount 1 -> 2")
    #expect(steps[0].state.mapValues(\.text) == ["page0.refcount": "2"])
    #expect(steps.map(\.nestingLevel) == [0, 1, 1, 1, 2])
  }

  @Test("points at the property too, and first of all where no step is to blame")
  func properties() throws {
    func result(_ variant: String) throws -> Result {
      try #require(
        try log().runs[0].results.first {
          $0.message.text.hasPrefix("put-page-race/\(variant)\n")
        })
    }
    let violated = try #require(try result("as-reported").relatedLocations)
    #expect(
      violated.map(\.message?.text) == ["violated: a page that virtio-mem owns is on no free list"])
    #expect(try violated[0].source().hasPrefix("system.invariant("))
    let unreachable = try result("keep-reference")
    #expect(try unreachable.locations[0].source().hasPrefix("system.goal("))
    #expect(unreachable.relatedLocations?.map(\.message?.text) == ["the variant"])
    #expect(try unreachable.relatedLocations?[0].source() == "Variant(")
  }
}
