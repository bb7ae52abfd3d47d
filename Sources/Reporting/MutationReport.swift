import Foundation
import ModelChecking

/// What mistakes in some variants' programs lead to, ready to be shown.
public struct MutationReport: Sendable {
  public let runs: [MutationRun]
  /// The command line that finds the same again.
  public let command: String
  /// The program's name.
  public let tool: String
  /// Where other runs have the other mistakes: what this one came to.
  public var part: ShardReport?

  public init(_ runs: [MutationRun], command: String, tool: String) {
    self.runs = runs
    self.command = command
    self.tool = tool
  }
}

extension MutationRun.Mutant {
  var title: String { "\(mutation.function): \(mutation.title)" }

  /// What became of it, in a line.
  var found: String {
    switch fate {
    case .killed(let verdict, let steps):
      let length = steps.map { " after \($0.of("step"))" } ?? ""
      return verdict.name + length + (verdict.property.map { ": \($0)" } ?? "")
    case .killedByCoverage(let gap): return "vacuous: \(gap)"
    case .killedByError(let reason): return reason.firstLine
    case .survived: return "SURVIVES"
    case .nothingNew: return "nothing new: others see no more than without it"
    case .explained(let reason): return "redundant: \(reason)"
    case .notBuilt: return "no program"
    case .inconclusive(let limit): return "inconclusive (\(limit.rawValue))"
    }
  }
}

// MARK: Text

extension MutationReport {
  /// The report as people read it. Of one variant every mistake; of several a table, and what survives.
  ///
  /// All of it but the line with the seconds is the same on every run.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    var lines: [String] = []
    if runs.count == 1 {
      lines += [runs[0].configuration.name.shown(), ""] + mutants(runs[0], style)
    } else {
      lines += table + [""]
    }
    for run in runs {
      if let objection = run.objection {
        lines += "\(run.configuration.variantName): \(objection)".wrapped(to: style.width) + [""]
      }
    }
    lines += survivors(style)
    let mistakes = runs.reduce(0) { $0 + $1.mutants.count }
    let parts = ["killed", "explained", "nothing new", "survived", "not built", "inconclusive"]
      .compactMap {
        name -> String? in
        let count = runs.reduce(0) { $0 + $1.count(of: name) }
        return count == 0 && name != "survived" ? nil : "\(count.grouped) \(name)"
      }
    lines.append("\(mistakes.of("mistake")): \(parts.joined(separator: ", "))")
    lines.append(String(format: "%.1f s", runs.reduce(0) { $0 + $1.seconds }))
    if let part {
      let others = part.checks - mistakes
      lines.append("This is \(part.shard); the others have \(others.of("mistake")).")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func mutants(_ run: MutationRun, _ style: TextStyle) -> [String] {
    let width = String(run.mutants.count).count
    return run.mutants.flatMap { mutant -> [String] in
      let number = "\(mutant.number)".leftPadded(to: width)
      let margin = String(repeating: " ", count: width + 4)
      return mutant.title.wrapped(to: style.width - margin.count).enumerated().map {
        ($0 == 0 ? "  \(number)  " : margin) + $1
      } + mutant.found.wrapped(to: style.width - margin.count - 4).map { margin + "    " + $0 }
    } + [""]
  }

  private var table: [String] {
    let names = runs.map { $0.configuration.variantName.shown() }
    let width = max(7, names.map(\.count).max() ?? 0)
    let columns = ["mistakes", "killed", "explained", "nothing new", "survived", "not built"]
    func row(_ name: String, _ cells: [String]) -> String {
      name.padded(to: width)
        + zip(columns, cells).map { "  " + $1.leftPadded(to: $0.count) }.joined()
    }
    return [row("variant", columns)]
      + zip(names, runs).map { name, run in
        row(name, ["\(run.mutants.count)"] + columns.dropFirst().map { "\(run.count(of: $0))" })
      }
  }

  private func survivors(_ style: TextStyle) -> [String] {
    let all = runs.flatMap { run in run.survivors.map { (run, $0) } }
    if all.isEmpty { return [] }
    var lines =
      ("SURVIVES: nothing that is checked depends on these. Either they are not needed, and the model "
      + "can say so, or a property is missing.").wrapped(to: style.width)
    for (run, mutant) in all {
      let name = runs.count == 1 ? "" : "\(run.configuration.variantName) "
      lines += "\(name)\(mutant.number)  \(mutant.title)".wrapped(to: style.width - 2, indent: 4)
        .map { "  \($0)" }
    }
    if let (run, mutant) = all.first {
      let command = "\(tool) check \(run.configuration.arguments) --mistake \(mutant.number)"
      lines += ["", "One of them: \(command.shown())"]
    }
    return lines + [""]
  }
}

// MARK: JSON

extension MutationReport {
  /// The report for programs: one JSON object, described in Docs/CommandLine.md.
  ///
  /// All of it but `seconds` is the same on every run.
  public func json() throws -> String { try JSONEncoder.report.text(MutationForm(self)) }
}

private struct MutationForm: Encodable {
  let format = 1
  let command: String
  let variants: [VariantForm]
  let part: Sealed<ShardReport>?

  init(_ report: MutationReport) throws {
    command = report.command
    variants = report.runs.map(VariantForm.init)
    part = try report.part.map(Sealed.init)
  }

  struct VariantForm: Encodable {
    let model: String
    let variant: String
    let bounds: [String: Int]
    let objection: String?
    let seconds: Double
    let mistakes: [MistakeForm]

    init(_ run: MutationRun) {
      model = run.configuration.model.name
      variant = run.configuration.variant.name
      bounds = run.configuration.bounds.byName
      objection = run.objection
      seconds = run.seconds
      mistakes = run.mutants.map(MistakeForm.init)
    }
  }

  struct MistakeForm: Encodable {
    let number: Int
    let function: String
    let change: Mutation.Change
    let name: String
    /// What it changes places with.
    let other: String?
    let fate: String
    /// What was found, or why it changes nothing.
    let found: String
    let steps: Int?
    let states: Int

    init(_ mutant: MutationRun.Mutant) {
      number = mutant.number
      function = mutant.mutation.function
      change = mutant.mutation.change
      name = mutant.mutation.name
      other = mutant.mutation.other
      fate = mutant.fate.name
      found = mutant.found
      steps = if case .killed(_, let steps) = mutant.fate { steps } else { nil }
      states = mutant.states
    }
  }
}
