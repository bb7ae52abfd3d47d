/// Where somebody may wait for something that is no lock while he holds one.
///
/// An actor that spins with something off keeps others of its CPU away until the lock's holder is done.
/// Whoever holds a spinlock has its CPU, so that can only matter where the holder waits, or a handler
/// that came in between: for a field that those others would have changed, or for a lock under which
/// somebody does. And it is enough that the spinning begins when the holder has come to where it waits,
/// for until then those who are kept away need not have moved.
struct WaitsUnderLocks: Sendable {
  /// An actor as far as it matters here.
  struct Holder {
    let program: Program
    let cpu: CPU
    let kind: ActorKind
  }

  /// A wait of an actor that holds a lock.
  private struct Wait {
    let actor: Int
    let place: Int
    /// A field of the lock that it is for; nil where it is for something else.
    let lock: Int?
  }

  /// By field of a lock.
  private var waits: [Int: [Wait]] = [:]

  init(of holders: [Holder]) {
    for (number, holder) in holders.enumerated() {
      let handlers = holders.indices.filter {
        $0 != number && holders[$0].kind.isHandler && holders[$0].cpu == holder.cpu
      }.flatMap { holders[$0].program.waitsUnderWay }
      for holding in holder.program.holdings where holding.section == nil {
        let field = Int(holding.field.number)
        let places = holder.program.places(holding: field)
        let own = holder.program.waits(at: places)
        let others = places.keys.sorted().flatMap { place in handlers.map { (place, $0.lock) } }
        waits[field, default: []] += (own.map { ($0.place, $0.lock) } + others).map {
          Wait(actor: number, place: $0.0, lock: $0.1)
        }
      }
    }
  }

  /// Whether somebody may wait for something that is no lock while he holds the lock that has a field.
  func contains(_ field: Int) -> Bool { !places(under: field).isEmpty }

  /// By actor: the locations where it does.
  func places(under field: Int) -> [Int: Set<Int>] {
    waits[field, default: []].reduce(into: [:]) { places, wait in
      if isForMore(wait) { places[wait.actor, default: []].insert(wait.place) }
    }
  }

  /// Whether a wait is in the end for something that is no lock.
  private func isForMore(_ wait: Wait) -> Bool {
    var met: Set<Int> = []
    var rest = [wait]
    while let next = rest.popLast() {
      guard let lock = next.lock else { return true }
      if met.insert(lock).inserted { rest += waits[lock, default: []] }
    }
    return false
  }
}

extension Program {
  fileprivate typealias PlaceWait = (place: Int, lock: Int?)

  /// The waits of a handler that has begun.
  fileprivate var waitsUnderWay: [PlaceWait] {
    let places = locations.indices.filter { !locations[$0].mayRest }
    return waits(
      at: Dictionary(
        uniqueKeysWithValues: places.map { place in
          (place, Set(alternatives[locations[place].alternatives].flatMap(targets)))
        }))
  }

  /// What the actor may wait for at some places: for a guard that is not a lock's, for a lock, by resting or
  /// by going round.
  fileprivate func waits(at places: [Int: Set<Int>]) -> [PlaceWait] {
    let round = Self.placesBeforeCycles(places)
    return places.keys.sorted().flatMap { place -> [PlaceWait] in
      var waits: [PlaceWait] = []
      if locations[place].mayRest || round.contains(place) { waits.append((place, nil)) }
      for alternative in alternatives[locations[place].alternatives] {
        let step = alternative.step
        switch step.operation {
        case .lock(.acquire, let fields), .lock(.wait, let fields):
          waits += fields.map { (place, $0) }
        case .section(let grounds, _) where step.waitsForNothingElse:
          waits += grounds.lockFields.map { (place, $0) }
        default: if step.guardCondition != nil { waits.append((place, nil)) }
        }
      }
      return waits
    }
  }

  private static func placesBeforeCycles(_ graph: [Int: Set<Int>]) -> Set<Int> {
    var rest = graph
    while true {
      let ends = rest.filter { $0.value.allSatisfy { rest[$0] == nil } }.keys
      if ends.isEmpty { return Set(rest.keys) }
      for end in ends { rest[end] = nil }
    }
  }

  /// The locations where the actor may hold the lock of a field, with those that may follow while it does.
  fileprivate func places(holding field: Int) -> [Int: Set<Int>] {
    var graph: [Int: Set<Int>] = [:]
    var rest = alternatives.filter { $0.step.takes.map { Int($0.field.number) } == field }
      .flatMap(targets)
    while let place = rest.popLast() {
      if graph[place] != nil { continue }
      let next = alternatives[locations[place].alternatives].filter { alternative in
        guard case .lock(.release, let fields) = alternative.step.operation else { return true }
        return !fields.contains(field)
      }.flatMap(targets)
      graph[place] = Set(next)
      rest += next
    }
    return graph
  }

  private func targets(of alternative: Alternative) -> [Int] {
    [alternative.next, alternative.otherwise].flatMap { locations(of: $0) }
  }
}

/// Where each actor is when it waits for more than a lock while it holds a certain one.
struct WaitingPlaces: Sendable {
  /// By actor: its program counter, and a bit for each of the locations.
  private let actors: [(counter: Field<Int>, bits: [UInt64])]

  init(_ places: [Int: Set<Int>], counters: [Field<Int>]) {
    actors = counters.enumerated().map { actor, counter in
      let places = places[actor] ?? []
      var bits = [UInt64](repeating: 0, count: (places.max() ?? -1) / 64 + 1)
      for place in places { bits[place / 64] |= 1 << UInt64(place % 64) }
      return (counter, bits)
    }
  }

  /// Whether the actor with a number is at such a place.
  func contain(_ actor: Int, in state: RawState) -> Bool {
    guard actors.indices.contains(actor) else { return false }
    let place = state[actors[actor].counter]
    return place / 64 < actors[actor].bits.count
      && actors[actor].bits[place / 64] >> UInt64(place % 64) & 1 != 0
  }
}
