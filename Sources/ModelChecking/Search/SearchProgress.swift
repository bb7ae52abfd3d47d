/// How far a search is between two levels, but for the states themselves.
struct SearchProgress: Sendable, Codable {
  /// The positions in the store at which each depth begins, and the end of the last.
  private(set) var levelStarts = [0]
  var statistics = Statistics()
  private(set) var violationDepths: [Int: Int] = [:]
  private(set) var assertionDepths: [Int: Int] = [:]
  private(set) var goalDepths: [Int: Int] = [:]
  var bugs = Bugs()
  /// The states before this position are counted with those for which they stand.
  var counted = 0

  /// The positions of the states of a depth.
  func level(_ depth: Int) -> Range<Int> { levelStarts[depth]..<levelStarts[depth + 1] }

  /// Whether all states of a depth are in the store.
  func hasLevel(_ depth: Int) -> Bool { depth + 1 < levelStarts.count }

  /// The depth whose states are next to be expanded, once there are initial states.
  var frontierDepth: Int { levelStarts.count - 2 }

  /// The states of all levels that are done, the frontier among them.
  var stateCount: Int { levelStarts[levelStarts.count - 1] }

  /// Notes at which depth something was first met.
  mutating func note(_ result: LevelResult, expanding depth: Int) {
    Self.note(result.violated, depth + 1, in: &violationDepths)
    Self.note(result.reached, depth + 1, in: &goalDepths)
    Self.note(result.failed, depth + 1, in: &assertionDepths)
  }

  private static func note(_ bits: UInt64, _ depth: Int, in depths: inout [Int: Int]) {
    for number in bits.setBits where depths[number] == nil { depths[number] = depth }
  }

  /// Begins the next level where the states end now.
  mutating func beginLevel(at end: Int) { levelStarts.append(end) }
}
