import Foundation
import ModelChecking

extension GateReport {
  /// The report as JUnit XML: a suite a model and a test case a variant, for each memory model
  /// under which that states a verdict.
  ///
  /// An unexpected verdict is a failure. A variant without a verdict is an error, since tools count
  /// what is skipped as passed. The form fits both schemas in use, that of Ant's reports and that of
  /// Jenkins.
  public var junit: String {
    let models = entries.reduce(into: [String]()) { names, entry in
      if names.last != entry.result.configuration.model.name {
        names.append(entry.result.configuration.model.name)
      }
    }
    let suites = models.enumerated().map { number, model in
      suite(model, number, entries.filter { $0.result.configuration.model.name == model })
    }
    return XMLElement(name: "testsuites", children: suites).document
  }

  private func suite(_ model: String, _ number: Int, _ entries: [Entry]) -> XMLElement {
    func count(_ statuses: GateResult.Status...) -> String {
      "\(entries.count { statuses.contains($0.result.status) })"
    }
    let bounds = entries.first?.result.configuration.bounds.values ?? []
    let properties = bounds.map {
      XMLElement(name: "property", attributes: [("name", $0.name), ("value", "\($0.value)")])
    }
    return XMLElement(
      name: "testsuite",
      attributes: [
        ("name", model), ("package", tool.name), ("id", "\(number)"),
        (
          "timestamp", begin.formatted(.iso8601.dateTimeSeparator(.standard)).prefix(19).description
        ),
        // The machine's own name is nobody's business.
        ("hostname", "localhost"), ("tests", "\(entries.count)"),
        ("failures", count(.unexpected, .vacuous)),
        ("errors", count(.inconclusive, .notRun, .error)), ("skipped", "0"),
        ("time", Self.seconds(entries.reduce(0) { $0 + $1.seconds })),
      ],
      children: [XMLElement(name: "properties", children: properties)]
        + entries.map(testCase)
        + [XMLElement(name: "system-out"), XMLElement(name: "system-err")])
  }

  private func testCase(_ entry: Entry) -> XMLElement {
    let status = entry.result.status
    var element = XMLElement(
      name: "testcase",
      attributes: [
        ("name", entry.result.configuration.variantTitle),
        ("classname", "\(tool.name).\(entry.result.configuration.model.name)"),
        ("time", Self.seconds(entry.seconds)),
      ])
    if status != .expected {
      element.children = [
        XMLElement(
          name: [.unexpected, .vacuous].contains(status) ? "failure" : "error",
          attributes: [
            ("message", "expected: \(entry.expected); found: \(entry.found)"),
            ("type", status.rawValue),
          ], text: entry.details())
      ]
    }
    return element
  }

  private static func seconds(_ value: Double) -> String { String(format: "%.3f", value) }
}

extension GateReport.Entry {
  fileprivate var seconds: Double { result.outcome?.statistics.seconds ?? 0 }
}
