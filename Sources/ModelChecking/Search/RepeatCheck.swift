#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Asks functions of a model's authors the same again and again. A step or property that looks at
/// anything but the state has no meaning here: what a search says of it would be chance.
///
/// Between the rounds a little time passes, and the heap changes, so that a `Set` lies elsewhere and
/// has another order.
struct RepeatCheck {
  /// With two answers that are equally likely, all rounds agree once in 2^23 times.
  private static let rounds = 24
  /// The rounds in which all questions are asked, and not only the first of each step.
  private static let fullRounds: Set<Int> = [0, 12, 23]

  /// How often a question is asked in a round, each time right after the other: odd numbers and even ones,
  /// so that what changes with each call, or with each second, does not always change between the rounds.
  private static func repeats(in round: Int) -> Int {
    switch round {
    case 1, 12: 2
    case 2, 23: 3
    default: 1
    }
  }
  private static let leastTime = Duration.milliseconds(1)
  /// The questions that are asked, at most, and the words of all their states.
  private static let mostQuestions = 4096
  private static let mostWords = 1 << 17

  /// The sizes of which the heap keeps what was freed apart, and some large ones.
  private static let sizes =
    Array(stride(from: 16, through: 1040, by: 16)) + [2 << 10, 4 << 10, 8 << 10, 16 << 10]

  private enum Subject: Equatable {
    case step(Int)
    case properties
  }

  private struct Question {
    let subject: Subject
    /// Where its state begins.
    let state: Int
    /// Whether it is asked in every round.
    let isAskedOften: Bool
  }

  /// What came of a question. The words of the next state are kept apart.
  private struct Answer: Equatable {
    var trouble: Trouble?
    var violated: UInt64 = 0
    var reached: UInt64 = 0
    var due: UInt64 = 0

    /// The properties of which another answer says something else.
    func goals(unlike other: Answer) -> UInt64 { reached ^ other.reached | due ^ other.due }
  }

  private let system: System
  private let table: StepTable
  private let stepper: Stepper
  private let wordCount: Int
  private var words: [UInt64] = []
  private var questions: [Question] = []
  /// How many questions there are about properties, and about each step.
  private var counts: [Int]

  init(_ system: System, _ table: StepTable) {
    self.system = system
    self.table = table
    wordCount = table.wordCount
    counts = Array(repeating: 0, count: 1 + table.alternatives.count)
    stepper = Stepper(rememberingNothing: table)
  }

  private var isFull: Bool {
    questions.count >= Self.mostQuestions || words.count + wordCount > Self.mostWords
  }

  /// Asks for one step.
  mutating func add(_ alternative: Int, from state: UnsafePointer<UInt64>) {
    if isFull { return }
    questions.append(question(.step(alternative), words.count))
    words += UnsafeBufferPointer(start: state, count: wordCount)
  }

  /// Asks for all steps from a state, and for its properties.
  mutating func add(_ state: UnsafePointer<UInt64>) {
    if isFull { return }
    let place = words.count
    words += UnsafeBufferPointer(start: state, count: wordCount)
    if stepper.hasProperties { questions.append(question(.properties, place)) }
    for step in stepper.alternatives(out: state) { questions.append(question(.step(step), place)) }
  }

  /// A question; of each step the first two are asked often, and of the properties the first sixteen.
  private mutating func question(_ subject: Subject, _ place: Int) -> Question {
    let (number, most) =
      switch subject {
      case .properties: (0, 16)
      case .step(let alternative): (1 + alternative, 2)
      }
    counts[number] += 1
    return Question(subject: subject, state: place, isAskedOften: counts[number] <= most)
  }

  /// The error for a function that answers differently; nil if none does.
  ///
  /// - Throws: what traps.
  func error() throws(Trap) -> InputError? {
    try Trap.catching(wordCount: wordCount) { difference() }.get()
  }

  // MARK: Rounds

  private func difference() -> InputError? {
    let start = ContinuousClock.now
    var next = [UInt64](repeating: 0, count: wordCount)
    var firstNext = [UInt64](repeating: 0, count: wordCount * questions.count)
    var first: [Answer] = []
    first.reserveCapacity(questions.count)
    var junk: [UnsafeMutableRawPointer?] = []
    junk.reserveCapacity(Self.rounds * Self.sizes.count)
    defer { for block in junk { free(block) } }
    for round in 0..<Self.rounds {
      if round == Self.rounds - 1 { Self.sleep(until: start + Self.leastTime) }
      // What is freed last is given out first, for each size; so nothing may be freed here. Every
      // second round is enough.
      if round % 2 == 1 { for size in Self.sizes { junk.append(malloc(size)) } }
      let isFull = Self.fullRounds.contains(round)
      for (number, question) in questions.enumerated() where isFull || question.isAskedOften {
        let place = number * wordCount
        if round == 0 {
          first.append(ask(question, &next))
          for word in 0..<wordCount { firstNext[place + word] = next[word] }
        }
        for _ in 0..<Self.repeats(in: round) {
          let answer = ask(question, &next)
          var isSame = answer == first[number]
          for word in 0..<wordCount where firstNext[place + word] != next[word] { isSame = false }
          if !isSame {
            return error(
              question, (first[number], Array(firstNext[place..<(place + wordCount)])),
              (answer, next))
          }
        }
      }
    }
    return nil
  }

  /// - Parameter next: becomes the state that a step leads to, and stays where it leads nowhere.
  private func ask(_ question: Question, _ next: inout [UInt64]) -> Answer {
    words.withUnsafeBufferPointer { words in
      let state = words.baseAddress! + question.state
      return next.withUnsafeMutableBufferPointer { next in
        let target = next.baseAddress!
        switch question.subject {
        case .step(let alternative):
          let trouble = stepper.answer(of: alternative, from: state, into: target)
          if trouble == nil { for word in 0..<wordCount { target[word] = state[word] } }
          return Answer(trouble: trouble)
        case .properties:
          for word in 0..<wordCount { target[word] = state[word] }
          return Answer(
            violated: stepper.violatedInvariants(in: state),
            reached: stepper.reachedGoals(in: state), due: stepper.dueGoals(in: state))
        }
      }
    }
  }

  private static func sleep(until end: ContinuousClock.Instant) {
    let rest = (end - ContinuousClock.now) / .microseconds(1)
    if rest > 0 { usleep(UInt32(min(rest, 10_000)) + 1) }
  }

  // MARK: Words

  private func error(
    _ question: Question, _ first: (Answer, [UInt64]), _ second: (Answer, [UInt64])
  ) -> InputError {
    let state = Array(words[question.state..<(question.state + wordCount)])
    let code: AuthorCode
    let told: [String]
    switch question.subject {
    case .step(let alternative):
      let move = table.moves[alternative]
      code = system.actors[move.actor].program.alternatives[move.alternative].code
      told = [first, second].map { describe($0.0.trouble, from: state, to: $0.1) }
    case .properties:
      let violated = first.0.violated ^ second.0.violated
      if violated != 0 {
        let number = violated.trailingZeroBitCount
        code = system.invariants[number].code
        told = [first, second].map { "\($0.0.violated >> UInt64(number) & 1 == 0)" }
      } else {
        let number = first.0.goals(unlike: second.0).trailingZeroBitCount
        let isDue = (first.0.due ^ second.0.due) >> UInt64(number) & 1 != 0
        code = system.goals[number].code
        told = [first, second].map {
          let answers = isDue ? $0.0.due : $0.0.reached
          return (isDue ? "whenever: " : "") + "\(answers >> UInt64(number) & 1 != 0)"
        }
      }
    }
    return system.error(
      for: code, on: state, ["once: \(told[0])", "and then: \(told[1])"])
  }

  private func describe(_ trouble: Trouble?, from state: [UInt64], to next: [UInt64]) -> String {
    guard let trouble else { return "it is not enabled" }
    let layout = system.layout
    let changes = layout.fields.indices.compactMap { field -> String? in
      let (before, after) = (layout.code(of: field, in: state), layout.code(of: field, in: next))
      if before == after || layout.fields[field].role == .control { return nil }
      let label = layout.fields[field].label
      return "\(layout.fields[field].name) \(label(before)) -> \(label(after))"
    }
    let wrong = trouble.breakage(in: system).map { [$0] } ?? []
    let all = changes + wrong
    return all.isEmpty
      ? "it changes nothing, or where the program goes on" : all.joined(separator: ", ")
  }
}
