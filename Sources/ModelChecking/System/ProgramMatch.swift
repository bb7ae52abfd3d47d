/// Which location, step and branch of a program takes the place of which of another, when fields and names
/// are exchanged.
///
/// Both are walked through at once from their starts. Where several steps of a place look alike, they
/// belong together in their order; or, where there are as many as members, in that of the members. Which of the two
/// it is can't be seen: the ways of a choice may stand for the members or for something else.
struct ProgramMatch {
  private(set) var locations: [Int]
  private(set) var alternatives: [Int]
  private(set) var branches: [Int]

  private let program: Program
  private let image: Program
  private let fields: [Int]
  private let rename: (NumberedName) -> String
  private let members: (one: Int, other: Int)
  /// How many members there are where steps may stand for them.
  private let memberCount: Int?
  /// Whether some do.
  private(set) var hasStepsOfMembers = false
  private var open: [Int] = []

  /// Nil where the programs don't say the same.
  ///
  /// - Parameter memberCount: how many members the family has, where so many steps that look alike are taken to stand
  ///   for them; nil where they keep their order.
  init?(
    _ program: Program, _ image: Program, fields: [Int],
    _ rename: @escaping (NumberedName) -> String, _ members: (Int, Int), of memberCount: Int?
  ) {
    self.program = program
    self.image = image
    self.fields = fields
    self.rename = rename
    self.members = members
    self.memberCount = memberCount
    locations = Array(repeating: -1, count: program.locations.count)
    alternatives = Array(repeating: -1, count: program.alternatives.count)
    branches = Array(repeating: -1, count: program.branches.count)
    guard program.locations.count == image.locations.count,
      program.alternatives.count == image.alternatives.count,
      program.branches.count == image.branches.count, match(program.start, image.start)
    else { return nil }
    while let location = open.popLast() {
      if !matchAlternatives(at: location) { return nil }
    }
    // What nothing leads to stays where it is.
    for map in [\Self.locations, \.alternatives, \.branches] {
      let missing = self[keyPath: map].indices.filter { self[keyPath: map][$0] < 0 }
      let free = Set(self[keyPath: map].indices).subtracting(self[keyPath: map])
      if missing.contains(where: { !free.contains($0) }) { return nil }
      for place in missing { self[keyPath: map][place] = place }
      if Set(self[keyPath: map]).count != self[keyPath: map].count { return nil }
    }
  }

  private mutating func match(_ one: Program.Continuation, _ other: Program.Continuation) -> Bool {
    switch (one, other) {
    case (.location(let one), .location(let other)):
      if locations[one] >= 0 { return locations[one] == other }
      locations[one] = other
      open.append(one)
      return program.locations[one].mayRest == image.locations[other].mayRest
        && program.locations[one].endsRun == image.locations[other].endsRun
        && program.locations[one].alternatives.count == image.locations[other].alternatives.count
    case (.branch(let one), .branch(let other)):
      if branches[one] >= 0 { return branches[one] == other }
      branches[one] = other
      return match(program.branches[one].yes, image.branches[other].yes)
        && match(program.branches[one].no, image.branches[other].no)
    default: return false
    }
  }

  private mutating func matchAlternatives(at location: Int) -> Bool {
    let ways = Array(program.locations[location].alternatives)
    let images = Array(image.locations[locations[location]].alternatives)
    var done: Set<Int> = []
    for way in ways where !done.contains(way) {
      let twins = ways.filter { says(program, $0, likeImageOf: way) }
      let candidates = images.filter { isImage($0, of: way) }
      if twins.count != candidates.count { return false }
      let isOneEach = memberCount.map { twins.count >= $0 } ?? false
      hasStepsOfMembers = hasStepsOfMembers || isOneEach
      for (place, twin) in twins.enumerated() where !done.contains(twin) {
        let target =
          !isOneEach
          ? place
          : place == members.one ? members.other : place == members.other ? members.one : place
        done.insert(twin)
        alternatives[twin] = candidates[target]
        let (one, other) = (program.alternatives[twin], image.alternatives[candidates[target]])
        if !match(one.next, other.next) || !match(one.otherwise, other.otherwise) { return false }
      }
    }
    return true
  }

  /// Whether two steps of the program have the same images.
  private func says(_ program: Program, _ way: Int, likeImageOf other: Int) -> Bool {
    let (one, two) = (program.alternatives[way], program.alternatives[other])
    return one.isAlike(two) && names(one) == names(two)
      && one.step.operation.moved(by: fields) == two.step.operation.moved(by: fields)
  }

  private func isImage(_ candidate: Int, of way: Int) -> Bool {
    let (one, two) = (program.alternatives[way], image.alternatives[candidate])
    let renamed = names(one).map { rename(NumberedName($0)) }
    return one.isAlike(two) && renamed == names(two)
      && one.step.operation.moved(by: fields, rename) == two.step.operation.moved(by: nil)
  }

  private func names(_ alternative: Program.Alternative) -> [String] {
    [alternative.step.name] + alternative.calls
  }
}

extension Program.Alternative {
  /// Whether another says the same but for names and fields.
  fileprivate func isAlike(_ other: Program.Alternative) -> Bool {
    step.answers == other.step.answers
      && (step.guardCondition == nil) == (other.step.guardCondition == nil)
      && step.mayRest == other.step.mayRest && step.spins == other.step.spins
      && step.contexts == other.step.contexts && assertions == other.assertions
      && beginsWait == other.beginsWait && (step.takes == nil) == (other.step.takes == nil)
      && conditions.map(\.expected) == other.conditions.map(\.expected)
  }
}

extension Operation {
  /// The same operation on other fields, which are in no order.
  ///
  /// - Parameter fields: by field, the other; nil, the same.
  fileprivate func moved(
    by fields: [Int]?, _ rename: ((NumberedName) -> String)? = nil
  ) -> Operation {
    func map(_ numbers: [Int]) -> [Int] { numbers.map { fields?[$0] ?? $0 }.sorted() }
    func map(_ name: String?) -> String? {
      name.map { name in rename.map { $0(NumberedName(name)) } ?? name }
    }
    switch self {
    case .local, .fence, .context: return self
    case .load(let fields, let ordering): return .load(map(fields), ordering)
    case .store(let fields, let ordering): return .store(map(fields), ordering)
    case .atomic(let fields, let ordering): return .atomic(map(fields), ordering)
    case .wait(let fields, let ordering): return .wait(map(fields), ordering)
    case .lock(let operation, let fields): return .lock(operation, map(fields))
    case .section(let grounds, let fields):
      return .section(
        Section.Grounds(
          holding: map(grounds.holding), taking: map(grounds.taking), reason: map(grounds.reason),
          lockFields: map(grounds.lockFields)),
        map(fields))
    }
  }
}
