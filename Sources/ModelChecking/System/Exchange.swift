/// Two members of a family exchanged: what becomes of every field and its values, every actor and every
/// step.
package struct Exchange: Sendable {
  /// What the exchange does to states.
  package struct Action: Sendable, Equatable {
    /// By field: the field that gets its value.
    package var fields: [Int]
    /// By field: the value's code there, by its distance from the least; nil where it stays.
    package var codes: [[Int]?]
  }

  /// The members, as places among those of all families.
  private(set) var one: Int
  private(set) var other: Int
  package private(set) var action: Action
  /// By actor.
  let actors: [Int]
  /// Whether steps that look alike are taken to stand for the members.
  private(set) var hasStepsOfMembers = false
  /// By alternative and by branch of all programs, in the order of the actors.
  private(set) var alternatives: [Int] = []
  private(set) var branches: [Int] = []

  /// Why two things that have alike names are not alike, in a sentence without its full stop.
  struct Refusal: Error {
    let reason: String
  }

  /// Exchanges two members, by their places among the family's `numbers`.
  ///
  /// - Parameter keepsOrder: whether steps that look alike stand for no members, however many they are.
  /// - Throws: where that does not turn the system's text into itself.
  init(
    of members: (one: Int, other: Int), numbers: [Int], words: [String], keepsOrder: Bool,
    in system: System, _ names: ExchangedNames
  ) throws(Refusal) {
    (one, other) = members
    let rename = { (name: NumberedName) in
      name.exchanging(numbers[members.one], numbers[members.other], of: words)
    }
    func place(of names: [NumberedName], among numbers: [String: Int]) throws(Refusal) -> [Int] {
      var places: [Int] = []
      for name in names {
        guard let number = numbers[rename(name)] else {
          throw Refusal(reason: "there is '\(name)', and no '\(rename(name))'")
        }
        places.append(number)
      }
      return places
    }
    let fields = try place(of: names.fields, among: names.numberOfField)
    actors = try place(of: names.actors, among: names.numberOfActor)
    action = Action(fields: fields, codes: Array(repeating: nil, count: fields.count))
    try mapPrograms(of: system, rename, members, of: keepsOrder ? nil : numbers.count)
    try mapValues(of: system, rename, names)
    try checkInitialValues(of: system)
    try checkContexts(of: system)
  }

  /// The same among more members.
  func moved(by distance: Int) -> Exchange {
    var copy = self
    copy.one += distance
    copy.other += distance
    return copy
  }

  /// The member in whose place one comes.
  func member(_ member: Int) -> Int { member == one ? other : member == other ? one : member }

  var movesSomething: Bool {
    action.fields.indices.contains { action.fields[$0] != $0 || action.codes[$0] != nil }
  }

  // MARK: Programs

  /// Finds out which location, step and branch takes the place of which.
  private mutating func mapPrograms(
    of system: System, _ rename: @escaping (NumberedName) -> String, _ members: (Int, Int),
    of memberCount: Int?
  ) throws(Refusal) {
    let starts = { (counts: [Int]) in counts.reduce(into: [0]) { $0.append($0.last! + $1) } }
    let firstAlternative = starts(system.actors.map(\.program.alternatives.count))
    let firstBranch = starts(system.actors.map(\.program.branches.count))
    for (number, actor) in system.actors.enumerated() {
      let image = system.actors[actors[number]]
      if actor.kind != image.kind || actor.duty != image.duty {
        throw Refusal(reason: "\(actor.name) and \(image.name) are declared as different kinds")
      }
      guard
        let match = ProgramMatch(
          actor.program, image.program, fields: action.fields, rename, members, of: memberCount)
      else {
        throw Refusal(
          reason: actor.name == image.name
            ? "the program of \(actor.name) says different things of them"
            : "the programs of \(actor.name) and \(image.name) say different things")
      }
      hasStepsOfMembers = hasStepsOfMembers || match.hasStepsOfMembers
      alternatives += match.alternatives.map { $0 + firstAlternative[actors[number]] }
      branches += match.branches.map { $0 + firstBranch[actors[number]] }
      let counter = Int(actor.counter.number)
      if match.locations != Array(match.locations.indices) {
        action.codes[counter] = match.locations
      }
    }
  }

  // MARK: Values

  /// Finds the values that name members, by their labels.
  private mutating func mapValues(
    of system: System, _ rename: (NumberedName) -> String, _ names: ExchangedNames
  ) throws(Refusal) {
    let fields = system.layout.fields
    for (number, field) in fields.enumerated() {
      let image = fields[action.fields[number]]
      // Whose a register is follows from the actors.
      let isOfLabels = !names.labels[number].isEmpty
      if isOfLabels ? field.codes.count != image.codes.count : field.codes != image.codes {
        throw Refusal(reason: "'\(field.name)' and '\(image.name)' have different values")
      }
      if !isOfLabels { continue }
      let labels = names.labels[number].map { Self.sorted(rename($0)) }
      let imageLabels = image.codes.map { Self.sorted(image.label($0)) }
      // What has one label is told apart by its order.
      var places: [String: [Int]] = [:]
      for (code, label) in imageLabels.enumerated().reversed() {
        places[label, default: []].append(code)
      }
      var codes: [Int] = []
      for label in labels {
        guard let code = places[label]?.popLast() else {
          throw Refusal(reason: "'\(image.name)' has no value '\(label)', as '\(field.name)' has")
        }
        codes.append(code)
      }
      if codes != Array(codes.indices) { action.codes[number] = codes }
    }
  }

  /// A set's members are in no order.
  private static func sorted(_ label: String) -> String {
    label.contains("+") ? label.split(separator: "+").sorted().joined(separator: "+") : label
  }

  private func checkInitialValues(of system: System) throws(Refusal) {
    let fields = system.layout.fields
    for (number, field) in fields.enumerated() where field.role != .control {
      let image = fields[action.fields[number]]
      let codes = field.initialCodes.map { code in
        let distance = code - field.codes.lowerBound
        return image.codes.lowerBound + (action.codes[number]?[distance] ?? distance)
      }
      if codes.sorted() != image.initialCodes {
        throw Refusal(reason: "'\(field.name)' and '\(image.name)' begin with different values")
      }
    }
  }

  /// Who keeps an actor from running must be exchanged as the actors are.
  private func checkContexts(of system: System) throws(Refusal) {
    let fields = system.layout.fields
    func blocking(_ actor: Int) -> Set<Int> {
      let masks = system.contextBlockers(of: actor)
      return Set(
        fields.indices.filter { number in
          let slot = fields[number].slot
          return fields[number].role == .control && slot.width > 0
            && (masks[slot.word] ?? 0) >> UInt64(slot.shift) & slot.mask != 0
        })
    }
    for (actor, image) in actors.enumerated()
    where Set(blocking(actor).map { action.fields[$0] }) != blocking(image) {
      throw Refusal(
        reason:
          "\(system.actors[actor].name) and \(system.actors[image].name) share their CPUs with "
          + "different actors")
    }
  }

  // MARK: States

  /// What one exchange after another does to states.
  func then(_ next: Exchange) -> Exchange {
    var copy = self
    copy.action = Action(
      fields: action.fields.map { next.action.fields[$0] },
      codes: action.fields.indices.map { field in
        let between = action.fields[field]
        guard let first = action.codes[field] else { return next.action.codes[between] }
        guard let second = next.action.codes[between] else { return first }
        let both = first.map { second[$0] }
        return both == Array(both.indices) ? nil : both
      })
    return copy
  }

  static func == (one: Exchange, action: Action) -> Bool { one.action == action }
}
