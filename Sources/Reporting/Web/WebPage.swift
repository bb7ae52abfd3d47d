import Foundation
import ModelChecking

extension CheckReport {
  /// The report as a web page that needs nothing else: each trace drawn as the text report draws it,
  /// and, where scripts may run, stepped through with the whole state beside it.
  ///
  /// The page is the same on every run; it tells no seconds and no bytes.
  ///
  /// - Parameter traces: of the outcome's findings, in their order.
  public func html(_ traces: [AnnotatedTrace]) throws -> String {
    let findings = outcome.findings
    precondition(traces.count == findings.count, "a web page has a trace for each finding")
    var body = WebFrame.header(
      question: configuration.model.summary, verdict: verdict, heading: heading,
      about: configuration.variant.summary,
      isGood: outcome.verdict == .holds)
    if findings.count > 1 {
      let kinds = findings.indices.map {
        isMain($0) ? "The verdict" : findings[$0].severity == .bug ? "Also found" : "Warning"
      }
      body += WebFrame.contents(Array(zip(kinds, findings.map(\.property))))
    }
    let sections = findings.enumerated().map { index, finding in
      WebFrame.finding(
        number: index + 1, title: isMain(index) ? "The trace" : Self.title(of: finding),
        note: Self.reservation(finding.trace),
        table: WebTable(finding, number: index + 1, of: system).html
          + (source.map { WebSource($0, finding.trace, number: index + 1).html } ?? ""))
    }
    if !sections.isEmpty { body += WebFrame.main(sections) }
    let hasAccount = main == nil
    if hasAccount { body += WebAccount(self).html }
    body += WebFrame.footer(
      notes: insights + scope + (hasAccount ? [] : coverage + goals + [sizes]), command: command,
      walk: findings.isEmpty ? nil : walkCommand)
    let data = try traces.map { try Self.embeddable(Playback($0, of: system)) }
    let verdictWords = verdict.prefix { $0 != ":" }.lowercased()
    return WebFrame.page(
      title: "\(heading): \(verdictWords)", body: body,
      data: "[" + data.joined(separator: ",") + "]")
  }

  private func isMain(_ index: Int) -> Bool { index == 0 && main != nil }

  /// JSON that can stand within a script element: nothing in it ends the element or the line.
  private static func embeddable(_ playback: Playback) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(playback), as: UTF8.self)
      .replacing("<", with: "\\u003c").escapedForJSON()
  }
}
