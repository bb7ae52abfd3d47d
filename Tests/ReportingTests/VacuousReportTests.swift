import Foundation
import ModelChecking
import Reporting
import Testing

@Suite("Reports of a proof that is not about all of its model")
struct VacuousReportTests {
  private static let model = Model(
    name: "idle", summary: "", sources: [], bounds: [],
    variants: [
      Variant("silent", "", source: "", expect: .holds, design: false),
      Variant("told", "", source: "", expect: .holds, design: true),
    ]
  ) { system, isTold, _ in
    let n = system.field("n", .range(0...2), initially: 0)
    system.actor("waiter", on: system.cpu()) { _ in
      Call("wait_for_n") {
        Step("look", .load(n)) { _, _ in }
        Step("wait", .wait(n)) { $0 == 2 }.mayRest()
      }
    }
    if isTold {
      system.unreachable("wait", because: "nobody changes n")
      system.unreachable("weight", in: "wait_for_n", at: 7, because: "nobody changes n")
    }
  }

  private func report() throws -> GateReport {
    let results = try Self.model.variants.map { variant in
      let configuration = try Configuration(Self.model, variant: variant.name)
      let system = try configuration.system()
      return GateResult(
        configuration, expected: variant.expected, .searched(system, try system.search()))
    }
    return GateReport(
      tool: ("straypage", nil),
      entries: results.map { GateReport.Entry($0, command: "again") }, leftOut: [],
      begin: Date(timeIntervalSince1970: 0), seconds: 1)
  }

  @Test("the gate says VACUOUS, what never happened, and where it is written")
  func text() throws {
    let report = try report()
    #expect(report.entries.map(\.result.status) == [.vacuous, .expected])
    #expect(report.entries[0].result.row(nameWidth: 12).hasPrefix("VACUOUS       idle/silent"))
    let text = report.text()
    #expect(text.contains("VACUOUS: idle/silent (Tests/ReportingTests/VacuousReportTests.swift:"))
    #expect(
      text.contains("found:    holds, vacuously: waiter, wait_for_n(): wait, never taken\n"))
    #expect(text.contains("2 variants: 1 as expected, 1 vacuous\n"))
    #expect(
      text.contains(
        """

        Said never to happen, and nothing is called so in any variant that holds:
          'weight' in wait_for_n() at line 7 (VacuousReportTests.swift:
        """))
    #expect(!text.contains("that is:"))
  }

  @Test("check lists it under the verdict, and what the model accounts for apart")
  func check() throws {
    let reports = try report().entries.map { entry -> String in
      let configuration = entry.result.configuration
      let system = try configuration.system()
      return CheckReport(
        configuration, system: system, outcome: try system.search(), command: "again"
      ).text()
    }
    #expect(
      reports[0].contains("  waiter, wait_for_n(): wait, never taken (VacuousReportTests.swift:"))
    #expect(reports[0].contains("Covered: 1 of 2 steps taken.\n"))
    #expect(reports[1].contains("\nNever happens here, as the model says:\n"))
    #expect(
      reports[1].contains("  waiter, wait_for_n(): wait, never taken: nobody changes n\n"))
    #expect(
      reports[1].contains(
        """

        The model says that these never happen, and nothing here is called so:
          'weight' in wait_for_n() at line 7 (VacuousReportTests.swift:
        """))
    #expect(!reports[1].contains("VACUOUS"))
  }

  @Test("reports for programs count it as a failure")
  func forPrograms() throws {
    let report = try report()
    #expect(report.junit.contains(#"failures="1" errors="0""#))
    #expect(report.junit.contains(#"type="vacuous""#))
    #expect(report.annotations.hasPrefix("::error file=Tests/ReportingTests/"))
    #expect(report.annotations.split(separator: "\n").count == 1)
    let sarif = try report.sarif()
    #expect(sarif.contains(#""ruleId" : "vacuous""#))
    let json = try report.json()
    #expect(json.contains(#""vacuous" : 1"#) && json.contains(#""isVacuous" : true"#))
    #expect(json.contains(#""reason" : "nobody changes n""#))
    #expect(json.contains(#""idle" : ["#) && json.contains(#""at" : 7"#))
  }
}
