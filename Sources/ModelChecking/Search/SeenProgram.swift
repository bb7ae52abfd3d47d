/// A program with what was seen of it, by the places in what its author wrote.
struct SeenProgram {
  let program: Program
  /// By alternative.
  let steps: [StepMarks.Mark]
  /// By branch.
  let branches: [StepMarks.Mark]
  /// The locations to which the actor came, as far as the marks tell.
  private let reached: Set<Int>

  /// A step or question as it was written.
  struct WrittenStep {
    let step: StepDefinition
    let calls: [String]
    var isTaken = false
    /// Whether its answer decides anything.
    let isQuestion: Bool
    var answers: StepMarks.Mark = []
    /// Whether the actor came to where it could have taken it.
    var isReached = false
    /// Whether it ever waits, and ever had to.
    let mayWait: Bool
    var hasWaited = false
  }

  struct WrittenQuestion {
    let question: Program.RegisterQuestion
    var answers: StepMarks.Mark = []
  }

  /// - Parameter starts: the locations at which the actor begins.
  init(
    program: Program, starts: Set<Int>, steps: ArraySlice<StepMarks.Mark>,
    branches: ArraySlice<StepMarks.Mark>
  ) {
    self.program = program
    self.steps = Array(steps)
    self.branches = Array(branches)
    var reached: Set<Int> = []
    var queue = Array(starts)
    while let next = queue.popLast() {
      if !reached.insert(next).inserted { continue }
      for number in program.locations[next].alternatives {
        let (alternative, mark) = (program.alternatives[number], self.steps[number])
        if mark.contains(.yes) {
          queue += Self.locations(at: alternative.next, program, self.branches)
        }
        if mark.contains(.no) {
          queue += Self.locations(at: alternative.otherwise, program, self.branches)
        }
      }
    }
    self.reached = reached
  }

  /// Where a program may have gone on, by the answers of the branches on the way.
  private static func locations(
    at continuation: Program.Continuation, _ program: Program, _ branches: [StepMarks.Mark]
  ) -> [Int] {
    program.locations(of: continuation) {
      (branches[$0].contains(.yes), branches[$0].contains(.no))
    }
  }

  /// The steps in the order of the program, each once.
  var writtenSteps: [WrittenStep] {
    var order: [Int] = []
    var bySite: [Int: WrittenStep] = [:]
    for (place, location) in program.locations.enumerated() {
      for number in location.alternatives {
        let (alternative, mark) = (program.alternatives[number], steps[number])
        if alternative.step.isSafetyNet { continue }
        if bySite[alternative.site] == nil { order.append(alternative.site) }
        var written =
          bySite[alternative.site]
          ?? WrittenStep(
            step: alternative.step, calls: alternative.calls,
            isQuestion: alternative.step.answers && alternative.next != alternative.otherwise,
            mayWait: alternative.step.guardCondition != nil)
        if !alternative.beginsWait {
          if mark.contains(.taken) { written.isTaken = true }
          written.answers.formUnion(mark.intersection([.yes, .no]))
        }
        if mark.contains(alternative.beginsWait ? .taken : .waited) { written.hasWaited = true }
        if reached.contains(place) { written.isReached = true }
        bySite[alternative.site] = written
      }
    }
    return order.map { bySite[$0]! }
  }

  /// The questions about registers, each place in an author's text once.
  var writtenQuestions: [WrittenQuestion] {
    var questions: [WrittenQuestion] = []
    var byPlace: [Int: Int] = [:]
    for question in questionsBySite {
      guard let place = question.question.words.place else {
        questions.append(question)
        continue
      }
      if let known = byPlace[place] {
        questions[known].answers.formUnion(question.answers)
      } else {
        byPlace[place] = questions.count
        questions.append(question)
      }
    }
    return questions
  }

  private var questionsBySite: [WrittenQuestion] {
    var bySite = program.questions.mapValues { WrittenQuestion(question: $0) }
    for (number, branch) in program.branches.enumerated() {
      bySite[branch.site]?.answers.formUnion(branches[number])
    }
    for (number, alternative) in program.alternatives.enumerated()
    where !steps[number].isDisjoint(with: [.waited, .taken]) {
      for condition in alternative.conditions {
        bySite[condition.site]?.answers.formUnion(.answer(condition.expected))
      }
    }
    return bySite.sorted { $0.key < $1.key }.map(\.value)
  }
}
