/// What was seen of some members is true of all that are alike.
extension Symmetry {
  /// Notes of every step and branch what was seen of one in whose place it can come.
  func spread(_ marks: inout StepMarks) {
    var hasChanged = true
    while hasChanged {
      let before = marks
      for exchange in exchanges {
        for (number, image) in exchange.alternatives.enumerated() {
          marks.steps[image].formUnion(marks.steps[number])
        }
        for (number, image) in exchange.branches.enumerated() {
          marks.branches[image].formUnion(marks.branches[number])
        }
      }
      hasChanged = marks != before
    }
  }

  /// The values of the survey's fields with those of all that are alike.
  func spread(_ seen: [UInt64], of survey: ValueSurvey) -> [UInt64] {
    var seen = seen
    let places = Dictionary(uniqueKeysWithValues: survey.fields.enumerated().map { ($1, $0) })
    var hasChanged = true
    while hasChanged {
      let before = seen
      for exchange in exchanges {
        for (place, field) in survey.fields.enumerated() {
          guard let image = places[exchange.action.fields[field]] else { continue }
          for value in seen[place].setBits {
            seen[image] |= 1 << UInt64(exchange.action.codes[field]?[value] ?? value)
          }
        }
      }
      hasChanged = seen != before
    }
    return seen
  }
}
