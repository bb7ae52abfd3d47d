import ModelChecking
import Reporting

/// A walk that a person takes, one line of input at a time.
struct WalkDialogue {
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
    tool.output.result(
      "\(choice.configuration.name.shown()); ? lists what can be said\n\n\(WalkText.place(walk))\(Input.prompt)"
    )
    while let line = tool.input.line() {
      if tool.input.echoes { tool.output.result("\(line.shown())\n") }
      guard let answer = answer(to: line) else { return }
      tool.output.result("\(answer)\(Input.prompt)")
    }
    tool.output.result("\n")
  }

  /// What to show for a line; nil if it asks to quit.
  private mutating func answer(to line: String) -> String? {
    do throws(InputError) {
      switch try WalkRequest(line, isStep: { !steps(meantBy: $0).isEmpty }) {
      case .quit: return nil
      case .showHelp: return WalkRequest.help
      case .showState: return WalkText.state(of: walk)
      case .showSteps: return WalkText.steps(of: walk)
      case .showPlace: break
      case .reset(let number): try reset(to: number)
      case .goBack(let count): try goBack(count)
      case .write(let path): return try save(to: path)
      case .take(let number): return try take(number) + WalkText.place(walk)
      case .takeNamed(let name): return step(try move(named: name)) + WalkText.place(walk)
      case .takeAtRandom(let count):
        return try advance(count, orElse: Self.noStep) { $0.randomMove() } + WalkText.place(walk)
      case .follow(let count):
        return try advance(count, orElse: Self.noSavedStep) { $0.savedMove() }
          + WalkText.place(walk)
      }
      return WalkText.place(walk)
    } catch {
      return "\(error.message.shown())\n"
    }
  }

  private static let noStep = "no step can be taken here; b goes back"
  private static let noSavedStep =
    "the walk is at the end of the saved trace, or off it; b goes back"

  // MARK: Going on and back

  private mutating func take(_ word: String) throws(InputError) -> String {
    let enabled = walk.enabled
    guard !enabled.isEmpty else { throw InputError(Self.noStep) }
    let number = try Quantities.integer(
      word.abridged, of: "the step's number", in: 1...enabled.count)
    return step(enabled[number - 1].step.move)
  }

  /// The step that a name means: its own, behind its functions as it is shown, behind its actor, or behind both.
  private func move(named text: String) throws(InputError) -> Move {
    let meant = steps(meantBy: text)
    if meant.count == 1 { return walk.enabled[meant[0]].step.move }
    if meant.isEmpty {
      let near = nearestName(to: text, among: walk.enabled.map(\.step.name))
      throw InputError(
        "'\(text.abridged)' is nothing that can be said"
          + (near.map { "; did you mean '\($0)'?" } ?? "") + "; ? lists what can")
    }
    let numbers = meant.map { String($0 + 1) }
    throw InputError(
      "'\(text.abridged)' may be step \(numbers.dropLast().joined(separator: ", ")) or "
        + "\(numbers[numbers.count - 1]): say more of it, or its number")
  }

  /// The positions of the steps that can be taken and are called so; where none is, of those whose names begin so.
  private func steps(meantBy text: String) -> [Int] {
    let names = walk.enabled.map { enabled in
      let step = enabled.step
      let path = (step.calls + [step.name]).joined(separator: " > ")
      return [step.name, path, "\(step.actor) \(step.name)", "\(step.actor) \(path)"]
    }
    let meant = names.indices.filter { names[$0].contains(text) }
    if !meant.isEmpty { return meant }
    return names.indices.filter { names[$0].contains { $0.hasPrefix(text) } }
  }

  /// Takes so many steps, each as `next` picks it, up to where something goes wrong.
  private mutating func advance(
    _ count: Int, orElse complaint: String, _ next: (inout WalkDialogue) -> Move?
  ) throws(InputError) -> String {
    var lines = ""
    for _ in 0..<count {
      let before = Set(walk.findings.map(\.property))
      guard let move = next(&self) else { break }
      lines += step(move)
      if !before.isSuperset(of: walk.findings.map(\.property)) { break }
    }
    if lines.isEmpty { throw InputError(complaint) }
    return lines
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

  private mutating func goBack(_ count: Int) throws(InputError) {
    for number in 0..<count where !walk.goBack() {
      if number == 0 { throw InputError("the walk is at its start") }
      break
    }
  }

  private mutating func reset(to word: String?) throws(InputError) {
    let number = try word.map { text throws(InputError) in
      try Quantities.integer(
        text.abridged, of: "the initial state's number", in: 1...choice.system.initialStateCount)
    }
    walk = Walk(choice.system, fromInitialState: (number ?? 1) - 1)
  }

  private mutating func step(_ move: Move) -> String {
    guard let step = walk.take(move) else { return "" }
    return WalkText.taken(step, number: walk.steps.count)
  }

  // MARK: Saving

  private func save(to path: String) throws(InputError) -> String {
    let trace = SavedTrace(walk, in: choice.configuration)
    try TraceFile(path).save(trace)
    let end = walk.findings.first.map { ", \($0.kind.rawValue): \($0.property.shown())" } ?? ""
    return "saved \(WalkText.count(of: walk.steps))\(end)\n"
  }
}
