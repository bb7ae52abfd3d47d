/// What a search is asked to judge: everything, or some properties.
struct PropertyScope: Sendable {
  /// The properties to look at; nil where all are, and whatever else may be wrong.
  let chosen: Set<PropertyID>?
  /// Whether it is let pass that actors wait for ever.
  var ignoresDeadlocks = false

  /// Whether a property is judged.
  func includes(_ property: any Property) -> Bool { chosen?.contains(property.id) ?? true }

  /// Whether it is judged that actors wait for ever, which is no property's.
  var includesHangs: Bool { chosen == nil && !ignoresDeadlocks }

  /// Whether it is judged what was found.
  func includes(_ target: TraceTarget) -> Bool {
    if target.kind == .deadlock && ignoresDeadlocks { return false }
    return chosen.map { target.isIncluded(in: $0) } ?? true
  }
}

extension TraceTarget {
  fileprivate func isIncluded(in chosen: Set<PropertyID>) -> Bool {
    property.map(chosen.contains) ?? false
  }
}

extension System {
  /// Everything that the system is held to, in the order of their numbers on a command line:
  /// invariants, goals, what steps claim, then the pairs of steps that could race.
  public var properties: [any Property] {
    let (invariants, goals, assertions): ([any Property], [any Property], [any Property]) = (
      invariants.filter { !$0.isLimit && $0.race == nil }, goals, assertions
    )
    return invariants + goals + assertions + races
  }

  /// The pairs of steps that could race, where somebody asks for that.
  var races: [Invariant] { invariants.filter { $0.race != nil } }

  /// The property of a name, or of a number in the order of `properties`, counted from 1.
  ///
  /// - Throws: `InputError` with the nearest name for one that isn't there.
  public func property(_ nameOrNumber: String) throws(InputError) -> any Property {
    let all = properties
    if let property = all.first(where: { $0.name == nameOrNumber }) { return property }
    if let number = Int(nameOrNumber) {
      if all.indices.contains(number - 1) { return all[number - 1] }
      throw InputError("there is no property \(number); there are \(all.count), counted from 1")
    }
    throw .unknown("property", nameOrNumber, among: all.map(\.name))
  }
}
