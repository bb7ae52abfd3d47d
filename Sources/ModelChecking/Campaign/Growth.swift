/// How many states some bounds have, guessed by how those of smaller ones grew.
struct Growth {
  /// By the values of the bounds, where every state was visited.
  private var counts: [[Int]: Int] = [:]

  mutating func add(_ bounds: Bounds, states: Int) {
    if states > 0 { counts[bounds.values.map(\.value)] = states }
  }

  /// What these say: one bound grew from two below to one below and grows as much once more; one of two bounds
  /// grew while the other was one below, and does so again. Of several the middle one, or of two middle ones the
  /// larger. Nil where there is none.
  func estimate(_ bounds: Bounds) -> Int? {
    let values = bounds.values.map(\.value)
    func states(_ lower: [Int]) -> Double? {
      var values = values
      for bound in lower { values[bound] -= 1 }
      return counts[values].map(Double.init)
    }
    var guesses: [Double] = []
    for first in values.indices {
      for second in values.indices where first <= second {
        guard let one = states([first]), let other = states([second]),
          let both = states([first, second])
        else { continue }
        guesses.append(one * other / both)
      }
    }
    guard !guesses.isEmpty else { return nil }
    let middle = guesses.sorted()[guesses.count / 2]
    return middle < 1e18 ? Int(middle) : nil
  }
}
