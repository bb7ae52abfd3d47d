/// What steps and questions were seen to do, in all states that were looked at.
///
/// It is noted where step functions run, not where the transition cache answers for them: whatever the
/// cache knows was first seen in a run. So the marks are exact, and cost nothing where it counts.
package struct StepMarks: Equatable, Sendable {
  /// What an alternative, or a branch on registers, was seen to do.
  package struct Mark: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The actor was there, and the guard let it wait.
    static let waited = Mark(rawValue: 1)
    static let taken = Mark(rawValue: 2)
    static let yes = Mark(rawValue: 4)
    static let no = Mark(rawValue: 8)

    static func answer(_ answer: Bool) -> Mark { answer ? .yes : .no }
  }

  /// By alternative of all programs, in the order of the actors.
  package var steps: [Mark]
  /// By branch of all programs, in the same order.
  package var branches: [Mark]
  /// The invariants whose antecedent was true once, one bit each.
  package var antecedents: UInt64 = 0

  package init(_ system: System) {
    let programs = system.actors.map(\.program)
    steps = Array(repeating: [], count: programs.reduce(0) { $0 + $1.alternatives.count })
    branches = Array(repeating: [], count: programs.reduce(0) { $0 + $1.branches.count })
  }

  /// Adds what else was seen, of the same system.
  mutating func formUnion(
    steps: UnsafeBufferPointer<Mark>, branches: UnsafeBufferPointer<Mark>, antecedents: UInt64
  ) {
    for (number, mark) in steps.enumerated() { self.steps[number].formUnion(mark) }
    for (number, mark) in branches.enumerated() { self.branches[number].formUnion(mark) }
    self.antecedents |= antecedents
  }

  /// The same marks as the plain semantics notes them, one step at a time.
  final class Log: @unchecked Sendable {
    // Unchecked: only the reference search has one, and that has one thread.
    var marks: StepMarks
    private let firstStep: [Int]
    private let firstBranch: [Int]

    init(_ system: System) {
      marks = StepMarks(system)
      func starts(_ counts: [Int]) -> [Int] {
        counts.reduce(into: [0]) { $0.append($0.last! + $1) }
      }
      firstStep = starts(system.actors.map(\.program.alternatives.count))
      firstBranch = starts(system.actors.map(\.program.branches.count))
    }

    func note(step: Int, of actor: Int, _ mark: Mark) {
      marks.steps[firstStep[actor] + step].formUnion(mark)
    }

    func note(branch: Int, of actor: Int, _ mark: Mark) {
      marks.branches[firstBranch[actor] + branch].formUnion(mark)
    }
  }
}
