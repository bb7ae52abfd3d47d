import Foundation
import ModelChecking
import Reporting

/// A walk that a person takes, one line of input at a time.
struct InteractiveWalk {
  /// What an input line asks for.
  private struct Request {
    let word: String
    let rest: String

    init(_ line: String) {
      let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      word = parts.first.map(String.init) ?? ""
      rest = parts.count < 2 ? "" : parts[1].trimmingCharacters(in: .whitespaces)
    }
  }

  private let choice: SystemChoice
  private let saved: [Move]
  private var walk: Walk
  private var random: SplitMix64

  /// - Parameters:
  ///   - saved: the moves of a saved trace, which `n` takes one by one.
  ///   - seed: of the steps that `r` takes.
  init(_ choice: SystemChoice, following saved: [Move] = [], seed: UInt64 = 1) {
    self.choice = choice
    self.saved = saved
    walk = Walk(choice.system)
    random = SplitMix64(seed: seed)
  }

  /// Reads lines until one says to quit or there are no more.
  mutating func run(_ tool: CommandLineTool) {
    tool.output.result("\(choice.configuration.name); ? lists what can be said\n\n\(place)> ")
    while let line = tool.input.line() {
      if tool.input.echoes { tool.output.result("\(line.printable)\n") }
      guard let answer = answer(to: line) else { return }
      tool.output.result("\(answer)> ")
    }
    tool.output.result("\n")
  }

  private static let help = """
      N        take the step numbered N
      r [N]    take a step at random, or N, up to where something goes wrong
      n [N]    take the next step of the saved trace, or N of them
      b [N]    go back a step, or N
      reset    go back to the start
      s        show the state: every field with its value
      t        show the steps so far
      w FILE   save the walk; 'replay FILE' runs it again
      q        quit
      (enter)  show again where the walk stands

    """

  /// What to show for a line; nil if it asks to quit.
  private mutating func answer(to line: String) -> String? {
    let request = Request(line)
    do throws(InputError) {
      switch request.word {
      case "q", "quit": return nil
      case "w", "write": return try save(to: request.rest)
      case "r": return try advance(request) { $0.randomMove() }
      case "n": return try advance(request) { $0.savedMove() }
      case "b": return try goBack(request)
      default: break
      }
      guard request.rest.isEmpty else {
        throw InputError("'\(line.printable)' is nothing that can be said; ? lists what can")
      }
      switch request.word {
      case "": return place
      case "?", "h", "help": return Self.help
      case "s": return state
      case "t": return steps
      case "reset":
        walk = Walk(choice.system)
        return place
      default: return try take(request.word)
      }
    } catch {
      return "\(error.message)\n"
    }
  }

  // MARK: Going on and back

  private mutating func take(_ word: String) throws(InputError) -> String {
    guard word.drop(while: { $0 == "-" }).allSatisfy(\.isNumber) else {
      throw InputError("'\(word.printable)' is nothing that can be said; ? lists what can")
    }
    let enabled = walk.enabled
    guard !enabled.isEmpty else { throw InputError("no step can be taken here; b goes back") }
    let number = try Quantities.integer(
      word.printable, of: "the step's number", in: 1...enabled.count)
    return step(enabled[number - 1].step.move) + place
  }

  /// Takes one step or as many as the request says, each as `next` picks it.
  private mutating func advance(
    _ request: Request, _ next: (inout InteractiveWalk) -> Move?
  ) throws(InputError) -> String {
    let count = try Self.count(request)
    var lines = ""
    for _ in 0..<count {
      let before = Set(walk.findings.map(\.property))
      guard let move = next(&self) else { break }
      lines += step(move)
      if !before.isSuperset(of: walk.findings.map(\.property)) { break }
    }
    if lines.isEmpty {
      throw InputError(
        request.word == "n"
          ? "the walk is at the end of the saved trace, or off it; b goes back"
          : "no step can be taken here; b goes back")
    }
    return lines + place
  }

  private mutating func randomMove() -> Move? {
    let enabled = walk.enabled
    return enabled.isEmpty ? nil : enabled[random.next(below: enabled.count)].step.move
  }

  private func savedMove() -> Move? {
    let moves = walk.moves
    guard moves.count < saved.count, saved.starts(with: moves) else { return nil }
    return saved[moves.count]
  }

  private mutating func goBack(_ request: Request) throws(InputError) -> String {
    for number in 0..<(try Self.count(request)) where !walk.goBack() {
      if number == 0 { throw InputError("the walk is at its start") }
      break
    }
    return place
  }

  private static func count(_ request: Request) throws(InputError) -> Int {
    if request.rest.isEmpty { return 1 }
    return try Quantities.integer(
      request.rest.printable, of: "the number of steps", in: 1...10_000)
  }

  private mutating func step(_ move: Move) -> String {
    guard let step = walk.take(move) else { return "" }
    return "step \(walk.steps.count): \(Self.row(step).joined(separator: "  "))\n"
  }

  // MARK: Saving

  private func save(to path: String) throws(InputError) -> String {
    guard !path.isEmpty else { throw InputError("w needs FILE") }
    let trace = SavedTrace(walk, in: choice.configuration)
    try TraceFile(path).save(trace)
    let end = walk.findings.first.map { ", \($0.kind.rawValue): \($0.property)" } ?? ""
    return "saved \(Self.steps(walk.steps.count))\(end)\n"
  }

  // MARK: What is shown

  /// Where the walk stands: what is wrong or reached, and the steps that can be taken.
  private var place: String {
    let enabled = walk.enabled
    var lines = [walk.steps.isEmpty ? "at the start" : "after \(Self.steps(walk.steps.count))"]
    lines += walk.findings.map { "  !! \($0.words.alarm($0))" }
    lines += walk.reachedGoals.map { "  ** goal reached: \($0.name)" }
    if enabled.isEmpty && walk.isResting {
      lines.append("  every actor is finished or rests: no step can be taken")
    }
    let rows = enabled.enumerated().map { number, step in
      ["\(number + 1)".leftPadded(to: 3)] + Self.row(step.step)
        + (step.breakage.map { ["!! \($0)"] } ?? [])
    }
    return (lines + Self.aligned(rows)).joined(separator: "\n") + "\n"
  }

  private var steps: String {
    if walk.steps.isEmpty { return "no step was taken yet\n" }
    let rows = walk.steps.enumerated().map { number, step in
      ["\(number + 1)".leftPadded(to: 3)] + Self.row(step)
    }
    return Self.aligned(rows).joined(separator: "\n") + "\n"
  }

  /// Every field but the program counters.
  private var state: String {
    let shown = walk.values.filter { $0.role != .control }
    let width = shown.map(\.field.count).max() ?? 0
    return shown.map { "  \($0.field.padded(to: width)) = \($0.value)\n" }.joined()
  }

  /// Who takes the step, what it is, and what it sees and changes.
  private static func row(_ step: TraceStep) -> [String] {
    let sees = step.reads
      .filter { read in !step.changes.contains { $0.field == read.field } }
      .map { "sees \($0.field) = \($0.value)" }
    let changes = step.changes.map { "\($0.field) \($0.before) -> \($0.after)" }
    return [
      "CPU\(step.cpu) \(step.actor)", (step.calls + [step.name]).joined(separator: " > "),
      (sees + changes).joined(separator: ", "),
    ]
  }

  private static func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.compactMap { $0.indices.contains(column) ? $0[column].count : nil }.max() ?? 0
    }
    return rows.map { row in
      let cells = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
      return String(cells.reversed().drop { $0 == " " }.reversed())
    }
  }

  private static func steps(_ count: Int) -> String { "\(count) step\(count == 1 ? "" : "s")" }
}
