/// What others can see of a system: the values that its shared fields and its books come to have, and the
/// steps between those. Where its actors are and what they keep in registers is left out.
struct SharedBehaviour {
  private var numbers: [[Int]: Int] = [:]
  private var steps: Set<Pair> = []

  private struct Pair: Hashable {
    let source: Int
    let target: Int
  }

  /// More states are not looked at.
  static let mostStates = 200_000

  /// - Returns: nil where there are more states than are looked at.
  init?(of system: System, unless isOver: () -> Bool) {
    var (numbers, steps) = (self.numbers, self.steps)
    let isWhole = Self.look(
      at: system, unless: isOver,
      number: { values in
        let number = numbers[values] ?? numbers.count
        numbers[values] = number
        return number
      },
      step: { pair in
        steps.insert(pair)
        return true
      })
    if !isWhole { return nil }
    (self.numbers, self.steps) = (numbers, steps)
  }

  /// Whether all that others see of another system of the same fields is seen here too, step by step.
  func includes(_ other: System, unless isOver: () -> Bool) -> Bool {
    Self.look(
      at: other, unless: isOver, number: { numbers[$0] },
      step: { $0.source == $0.target || steps.contains($0) })
  }

  /// Goes through all that others see of a system.
  ///
  /// - Parameters:
  ///   - number: gives values their number; nil to look no further.
  ///   - step: gets each step between values; false to look no further.
  /// - Returns: whether everything was looked at.
  private static func look(
    at system: System, unless isOver: () -> Bool, number: ([Int]) -> Int?, step: (Pair) -> Bool
  ) -> Bool {
    let fields = system.fieldsOthersSee
    let relation = FastRelation(system)
    var search = BreadthFirst(relation, from: relation.initialStates, limit: mostStates)
    /// By state: the number of what others see of it.
    var seen: [Int] = []
    func note(_ states: some Sequence<[UInt64]>) -> Bool {
      for state in states {
        let values = fields.map { system.layout.code(of: $0, in: state) }
        guard let number = number(values) else { return false }
        seen.append(number)
      }
      return true
    }
    guard note(search.states) else { return false }
    while let expansion = search.next() {
      if isOver() || !note(search.states[expansion.new]) { return false }
      for way in expansion.steps {
        switch way.target {
        case .state(let target):
          if !step(Pair(source: seen[expansion.state], target: seen[target])) { return false }
        case .beyondLimit: return false
        case .broken: break
        }
      }
    }
    return true
  }
}

extension System {
  /// The numbers of the fields that are no actor's own and not the engine's.
  fileprivate var fieldsOthersSee: [Int] {
    layout.fields.indices.filter { [.shared, .ghost].contains(layout.fields[$0].role) }
  }
}
