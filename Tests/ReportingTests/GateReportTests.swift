import Foundation
import ModelChecking
import Models
import Reporting
import Testing

@Suite("Reports of a gate")
struct GateReportTests {
  /// Where a variant of the kernel race is declared.
  private func line(_ variant: String) -> Int {
    Model.putPageRace.variants.first { $0.name == variant }?.declaration.line ?? 0
  }

  @Test("the text tells expected and found with the trace, then what was done and what wasn't")
  func text() throws {
    let report = try AwkwardReport.make()
    let text = report.text()
    #expect(
      text.contains(
        """
        UNEXPECTED: put-page-race/set-count-zero (Models/PutPageRace.swift:\(line("set-count-zero")))
          expected: holds
          found:    violated after 4 steps: no page's reference count goes below 0
          that is:  expect: .violated("no page's reference count goes below 0", steps: 4)

        """))
    #expect(text.components(separatedBy: "UNEXPECTED: ").count == 1 + 2 + AwkwardReport.wrong.count)
    let summary = try #require(text.components(separatedBy: "\n18 variants: ").last)
    #expect(
      summary.hasPrefix(
        "\(5 + 13 - 4 - AwkwardReport.wrong.count) as expected, "
          + "\(2 + AwkwardReport.wrong.count) unexpected, 1 inconclusive, 1 not run\n1.5 s, "))
    #expect(summary.contains("cut-short: inconclusive (time)\n"))
    #expect(summary.contains("not-reached: not run: "))
    #expect(
      summary.hasSuffix(
        "Left out by the command line:\n  1 model: page-churn\n"
          + "  put-page-race, 1 of 13: put-page-hook\n"))
  }

  @Test("a row shows status, variant, verdict and states")
  func rows() throws {
    let results = try AwkwardReport.make().entries.map(\.result)
    #expect(
      results[5].row(nameWidth: 44)
        == "UNEXPECTED    put-page-race/as-reported                     violated after 5 steps  "
        + "       11 states")
    #expect(results[6].row(nameWidth: 30).hasPrefix("ok            put-page-race/put-page-hook"))
    #expect(results[3].row(nameWidth: 1).hasPrefix("inconclusive  "))
    #expect(results[4].row(nameWidth: 1).hasPrefix("not run       "))
  }

  @Test("a row that is too long for the width is two", arguments: [60, 72, 80])
  func narrowRows(width: Int) throws {
    for entry in try AwkwardReport.make().entries.dropFirst(5) {
      let style = TextStyle(width: width)
      let row = entry.result.row(nameWidth: 44, style)
      #expect(row.split(separator: "\n").allSatisfy { $0.count <= width }, "\(row)")
      #expect(
        row.split(whereSeparator: \.isWhitespace).filter { !$0.hasPrefix("state") }
          == entry.result.row(nameWidth: 44).split(whereSeparator: \.isWhitespace)
          .filter { !$0.hasPrefix("state") })
    }
  }

  @Test("KTAP has a test a model and a subtest a variant, and never passes what has no verdict")
  func ktap() throws {
    let report = try AwkwardReport.make()
    let lines = report.ktap.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.prefix(2) == ["KTAP version 1", "1..2"])
    #expect(
      lines.last
        == "# Totals: pass:\(14 - AwkwardReport.wrong.count) fail:\(2 + AwkwardReport.wrong.count) xfail:0 xpass:0 skip:0 error:2"
    )
    var results: [Substring] = []
    for line in lines {
      // Nothing but the four kinds of lines that there are.
      let kind = try #require(
        line.firstMatch(
          of:
            /^(?:  )?(KTAP version 1$|1\.\.[0-9]+$|# |(?:not )?ok [0-9]+ [^#]*(?:# (?:ERROR|TIMEOUT) .*)?$)/
        ),
        "\(line)")
      if kind.1.contains("ok") && !kind.1.hasPrefix("#") { results.append(line) }
    }
    #expect(results.count == 18 + 2)
    #expect(results[0] == "  ok 1 fine")
    #expect(results[1].hasPrefix("  not ok 2 wrong a<b>"))
    #expect(results[3].hasPrefix("  not ok 4 cut-short # TIMEOUT inconclusive (time)"))
    #expect(results[4].hasPrefix("  not ok 5 not-reached # ERROR not run: "))
    #expect(results[5].hasPrefix("not ok 1 model a<b>"))
    #expect(results[6] == "  not ok 1 as-reported")
    #expect(results.last == "not ok 2 put-page-race")
    #expect(lines.contains("  #   expected: holds"))
  }

  @Test("annotations are one line each, with nothing in them that ends the command or a property")
  func annotations() throws {
    let lines = try AwkwardReport.make().annotations.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 4 + AwkwardReport.wrong.count + 1 && lines.last == "")
    for line in lines.dropLast() {
      let parts = try #require(
        line.wholeMatch(
          of: /::(error|warning) file=([^:,\r]+),line=([0-9]+),title=([^:,\r]+)::([^\r]+)/))
      let message = String(parts.5)
      #expect(message.contains("%0Afound: ") && message.contains("%0Aagain: straypage check "))
      #expect(message.matches(of: /%(?!25|0A|0D)/).isEmpty)
    }
    #expect(lines[0].contains("title=model a<b>&\"c\"'d'%2C 100%25%3A ]]>%0A%3A%3Aerror"))
    #expect(lines.dropLast().map { $0.prefix(4) }.prefix(4) == ["::er", "::er", "::wa", "::wa"])
  }

  @Test("the JSON holds every check with its status, source line and whole report")
  func json() throws {
    struct Form: Decodable {
      struct Check: Decodable {
        let model, variant, file, status, expected, found, command: String
        let line: Int
        let report: Report?
      }
      struct Report: Decodable { let verdict: String }
      let format: Int
      let counts: [String: Int]
      let checks: [Check]
      let leftOut: [String]
    }
    let form = try JSONDecoder().decode(
      Form.self, from: Data(try AwkwardReport.make().json().utf8))
    #expect(form.format == 1)
    #expect(
      form.checks.prefix(5).map(\.status) == [
        "expected", "unexpected", "unexpected", "inconclusive", "not run",
      ])
    #expect(form.checks[1].variant == "wrong \(AwkwardReport.name)")
    #expect(
      form.checks.prefix(5).map { $0.report?.verdict } == [
        "violated", "violated", "violated", "inconclusive", nil,
      ])
    #expect(
      form.checks[5].file == "Models/PutPageRace.swift"
        && form.checks[5].line == line("as-reported"))
    #expect(form.counts.values.reduce(0, +) == form.checks.count)
    #expect(
      form.leftOut == Model.pageChurn.variants.map { "page-churn/\($0.name)" }
        + ["put-page-race/put-page-hook"])
  }

  @Test(
    "a source file is shown by its path in the repository, and no folder above it",
    arguments: [
      ("/build/checkout/Models/Race.swift", "Models/Race.swift"),
      ("/build/checkout/Sources/KernelPages/PageRef.swift", "Sources/KernelPages/PageRef.swift"),
      ("/build/Sources/x/Sources/my-races/deep/main.swift", "Sources/my-races/deep/main.swift"),
      ("Models/Race.swift", "Models/Race.swift"), ("Race.swift", "Race.swift"),
    ])
  func pathElsewhere(file: String, path: String) {
    #expect(SourceLine(file: file, line: 1).path == path)
  }

  @Test("a source file of a nested package is shown from the repository's root")
  func pathHere() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(
      at: root.appending(path: ".git"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let file = root.appending(path: "Examples/Own/Sources/races/main.swift").path
    #expect(SourceLine(file: file, line: 1).path == "Examples/Own/Sources/races/main.swift")
  }
}
