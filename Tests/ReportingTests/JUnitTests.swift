import Foundation
import ModelChecking
import Models
import Reporting
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("The JUnit report")
struct JUnitTests {
  private struct Element {
    let name: String
    let attributes: [String: String]
    let parent: String?
    var children: [String] = []
    var text = ""
  }

  /// Collects the elements of a document in the order of their ends.
  private final class Collector: NSObject, XMLParserDelegate {
    var elements: [Element] = []
    private var open: [Element] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes: [String: String]
    ) {
      open.append(Element(name: name, attributes: attributes, parent: open.last?.name))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      open[open.count - 1].text += text
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
      qualifiedName: String?
    ) {
      elements.append(open.removeLast())
      if !open.isEmpty { open[open.count - 1].children.append(name) }
    }
  }

  private func elements(_ name: String? = nil) throws -> [Element] {
    let parser = XMLParser(data: Data(try AwkwardReport.make().junit.utf8))
    let collector = Collector()
    parser.delegate = collector
    try #require(parser.parse(), "\(String(describing: parser.parserError))")
    return collector.elements.filter { name == nil || $0.name == name }
  }

  /// What the schema of Ant's reports (Windy Road's JUnit.xsd) requires and that of Jenkins's xUnit
  /// plugin (junit-10.xsd) allows: each element's parent, its attributes, the form of their values.
  private static let rules: [String: (parent: String?, attributes: [String: String])] = [
    "testsuites": (nil, [:]),
    "testsuite": (
      "testsuites",
      [
        "name": ".+", "package": ".+", "id": "[0-9]+", "hostname": ".+",
        "timestamp": "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", "tests": "[0-9]+",
        "failures": "[0-9]+", "errors": "[0-9]+", "skipped": "[0-9]+", "time": #"[0-9]+\.[0-9]+"#,
      ]
    ),
    "properties": ("testsuite", [:]),
    "property": ("properties", ["name": ".+", "value": ".*"]),
    "testcase": ("testsuite", ["name": ".+", "classname": ".+", "time": #"[0-9]+\.[0-9]+"#]),
    "failure": ("testcase", ["message": ".*", "type": ".+"]),
    "error": ("testcase", ["message": ".*", "type": ".+"]),
    "system-out": ("testsuite", [:]),
    "system-err": ("testsuite", [:]),
  ]

  @Test("fits the schemas in use")
  func schema() throws {
    for element in try elements() {
      let rule = try #require(Self.rules[element.name], "\(element.name)")
      #expect(element.parent == rule.parent)
      #expect(Set(element.attributes.keys) == Set(rule.attributes.keys), "\(element.name)")
      for (name, form) in rule.attributes {
        let value = element.attributes[name] ?? ""
        #expect(
          try value.wholeMatch(of: Regex("(?s)" + form)) != nil, "\(element.name) \(name)=\(value)")
      }
    }
    for suite in try elements("testsuite") {
      let order = ["properties", "testcase", "system-out", "system-err"]
      let places = suite.children.map { order.firstIndex(of: $0) ?? -1 }
      #expect(places == places.sorted())
      #expect(places.count { $0 != 1 } == 3)
    }
    for test in try elements("testcase") { #expect(test.children.count <= 1) }
  }

  @Test("counts a suite's cases as they are")
  func counts() throws {
    let suites = try elements("testsuite").map { suite in
      ["name", "id", "tests", "failures", "errors", "timestamp"].map { suite.attributes[$0] ?? "" }
    }
    let count = Model.putPageRace.variants.count
    #expect(
      suites.map { Array($0[1...]) } == [
        ["0", "5", "2", "2", "2019-10-16T12:00:00"],
        ["1", "\(count)", "\(AwkwardReport.wrong.count)", "0", "2019-10-16T12:00:00"],
      ])
    #expect(try elements("testcase").count == 5 + count)
    #expect(try elements("failure").count == 2 + AwkwardReport.wrong.count)
    #expect(try elements("error").count == 2)
  }

  @Test("gives markup back as it was, and replaces what XML can't hold")
  func escapes() throws {
    let name = AwkwardReport.name.replacing("\u{1}", with: "\u{FFFD}")
      .replacing("\u{FFFE}", with: "\u{FFFD}")
    #expect(try elements("testcase")[1].attributes["name"] == "wrong \(name)")
    #expect(try elements("failure")[0].attributes["message"]?.contains(name) == true)
    // Within the element stands the report as people read it.
    #expect(try elements("failure")[0].text.contains(AwkwardReport.name.shown()))
  }

  @Test("a failure tells expected, found, source line, trace and command")
  func failure() throws {
    let failures = try elements("failure")
    let text = try #require(failures.first { $0.text.hasPrefix("put-page-race/as-reported") }).text
    for part in [
      "(Models/PutPageRace.swift:", "expected: holds",
      "found:    violated after 5 steps: a page that virtio-mem owns is on no free list",
      "page_ref_dec_and_test", "Again: straypage check put-page-race/as-reported",
    ] { #expect(text.contains(part), "\(part)") }
  }
}
