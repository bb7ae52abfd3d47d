import Foundation
import ModelChecking

extension GateReport {
  /// The report in the kernel's Test Anything Protocol (Documentation/dev-tools/ktap.rst), as kselftest and
  /// KUnit print it: a test a model, a subtest a variant, for each memory model under which that states a
  /// verdict.
  ///
  /// What came to no verdict is "not ok", with a directive that says why: TIMEOUT or ERROR. What is wrong
  /// stands before its result, in diagnostic lines.
  public var ktap: String {
    let models = entries.reduce(into: [String]()) { names, entry in
      let name = entry.result.configuration.model.name
      if names.last != name { names.append(name) }
    }
    var lines = ["KTAP version 1", "1..\(models.count)"]
    for (number, model) in models.enumerated() {
      let variants = entries.filter { $0.result.configuration.model.name == model }
      lines += ["  KTAP version 1", "  # Subtest: \(model.asKTAP)", "  1..\(variants.count)"]
      for (number, entry) in variants.enumerated() {
        lines += entry.diagnosis.map { "  # \($0)" }
        lines.append("  \(entry.ktapResult(number: number + 1))")
      }
      let isOK = variants.allSatisfy { $0.result.status == .expected }
      lines.append("\(isOK ? "ok" : "not ok") \(number + 1) \(model.asKTAP)")
    }
    func count(_ statuses: GateResult.Status...) -> Int {
      entries.count { statuses.contains($0.result.status) }
    }
    lines.append(
      "# Totals: pass:\(count(.expected)) fail:\(count(.unexpected, .vacuous)) xfail:0 xpass:0 skip:0 "
        + "error:\(count(.error, .inconclusive, .notRun))")
    return lines.map { $0 + "\n" }.joined()
  }
}

extension GateReport.Entry {
  fileprivate func ktapResult(number: Int) -> String {
    let name = result.configuration.variantTitle.asKTAP
    let directive: String
    switch result.status {
    case .expected: return "ok \(number) \(name)"
    case .unexpected, .vacuous: return "not ok \(number) \(name)"
    case .inconclusive where result.outcome?.limit == .time: directive = "TIMEOUT"
    case .inconclusive, .notRun, .error: directive = "ERROR"
    }
    return "not ok \(number) \(name) # \(directive) \(found.asKTAP)"
  }

  /// What is wrong, line by line.
  fileprivate var diagnosis: [String] {
    if result.status == .expected { return [] }
    return details().split(separator: "\n").map { String($0).shown() }
  }
}

extension String {
  /// A description, in which no `#` may be, or the rest would be taken for a directive.
  fileprivate var asKTAP: String { shown().replacing("#", with: "?") }
}
