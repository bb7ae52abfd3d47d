import ModelChecking

/// What was checked and how much was looked at, for a page of a verdict without a trace.
struct WebAccount {
  private let report: CheckReport

  init(_ report: CheckReport) { self.report = report }

  var html: String {
    [claims, goals, size, profile, coverage].compactMap(\.self).joined()
  }

  /// What holds, or what was not settled.
  private var claims: String? {
    if let proof = report.proof { return section(proof.heading, list(proof.lines)) }
    let known = report.partialProof.map { "<p>\($0.asHTML)</p>\n" } ?? ""
    let lines = ClaimWords.lines(report.system.claims(judgedIn: report.outcome))
    return section("Not shown, as not all was visited:", known + list(lines))
  }

  private var goals: String? {
    report.goals.isEmpty ? nil : section("What can happen", list(report.goals))
  }

  private var size: String {
    let figures = report.outcome.statistics
    let configuration = report.configuration
    let bounds = configuration.bounds.values.map { bound in
      let summary = configuration.model.bounds.first { $0.name == bound.name }?.summary
      return (bound.name, "\(bound.value.grouped)", summary ?? "")
    }
    let isWhole = report.outcome.limit == nil
    let rows =
      bounds + [
        ("memory model", configuration.memoryModel.words, ""),
        ("states", figures.states.grouped, isWhole ? "all that can be reached" : "so far"),
        ("transitions", figures.transitions.grouped, "steps from one state to another"),
        ("depth", figures.depth.grouped, "steps to the farthest state"),
        ("bits a state", figures.bitsPerState.grouped, ""),
      ]
    let cells = rows.map { name, value, meaning in
      "<tr><th scope=\"row\">\(name.asHTML)</th><td>\(value.asHTML)</td>"
        + "<td>\(meaning.asHTML)</td></tr>\n"
    }
    let reduction = report.reduction.map { "<p>\($0.asHTML)</p>\n" } ?? ""
    return section(
      "What was explored",
      "<table class=\"figures\"><tbody>\n\(cells.joined())</tbody></table>\n\(reduction)")
  }

  private var profile: String? {
    let levels = report.outcome.statistics.levels
    return levels.count < 2 ? nil : section("States by depth", WebProfile(levels).html)
  }

  private var coverage: String? {
    guard let coverage = report.outcome.coverage else { return nil }
    let lists = coverage.lists(in: report.configuration.model.language).map { each in
      "<p\(each.isAlarm ? " class=\"alarm\"" : "")>\(each.heading.asHTML)</p>\n"
        + list(each.lines)
    }
    return section("Coverage", "<p>\(coverage.summary.asHTML)</p>\n\(lists.joined())")
  }

  private func section(_ title: String, _ content: String) -> String {
    "<section class=\"account\">\n<h2>\(title.asHTML)</h2>\n\(content)</section>\n"
  }

  private func list(_ lines: [String]) -> String {
    "<ul>\n\(lines.map { "<li>\($0.asHTML)</li>\n" }.joined())</ul>\n"
  }
}
