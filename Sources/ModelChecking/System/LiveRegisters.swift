/// Which registers are live at each place of each program: may be read from there on before they are written.
///
/// What functions read can't be seen in a program's text, so it is learned from runs that were watched. A run
/// makes live, where it begins, what it reads before it writes it; and what is live where it leads, unless it
/// writes that. What another actor or a property reads is live everywhere.
///
/// (Liveness analysis as compilers do it, with ways that were seen in the place of a control flow graph.
/// Resetting what is dead: G. J. Holzmann, "The Engineering of a Model Checker: the GNU i-Protocol Case Study
/// Revisited", SPIN 1999.)
package struct LiveRegisters: Sendable {
  /// What a run of a step did to the registers of its actor, one bit each.
  private struct Way: Hashable {
    let actor: Int
    let from: Int
    let to: Int
    let written: UInt64
  }

  private struct Place {
    let actor: Int
    let bit: UInt64
  }

  /// By actor: its registers that may be set back, 64 at most, by the numbers of their fields.
  let registers: [[Int]]
  /// By field: whose register it is.
  private let places: [Place?]
  /// By actor and location: the live ones, one bit each.
  private(set) var live: [[UInt64]]
  /// By actor: those that are live everywhere.
  private var everywhere: [UInt64]
  private var ways: Set<Way> = []
  /// Whether something was noted of late.
  private(set) var hasNews = false

  /// Knows nothing yet.
  package init(of system: System) {
    let fields = system.layout.fields
    var registers = system.actors.map { _ in [Int]() }
    places = fields.enumerated().map { number, field in
      guard case .register(let actor) = field.role, field.slot.width > 0,
        registers[actor].count < UInt64.bitWidth
      else { return nil }
      defer { registers[actor].append(number) }
      return Place(actor: actor, bit: 1 << UInt64(registers[actor].count))
    }
    self.registers = registers
    live = system.actors.map { Array(repeating: 0, count: $0.program.locations.count) }
    everywhere = Array(repeating: 0, count: registers.count)
  }

  // MARK: What was seen

  /// Notes a run of a step.
  ///
  /// - Parameters:
  ///   - accesses: what it read and wrote, its guard and the questions about registers included.
  ///   - to: where it led; nil where it was not enabled, or nothing follows it.
  mutating func note(_ accesses: [AccessLog.Access], of actor: Int, from: Int, to: Int?) {
    var (read, written): (UInt64, UInt64) = (0, 0)
    for access in accesses {
      switch access {
      case .read(let field, _):
        guard let place = places[field] else { continue }
        if place.actor == actor { read |= place.bit & ~written } else { noteEverywhere(place) }
      case .write(let field, _, _):
        guard let place = places[field] else { continue }
        if place.actor == actor { written |= place.bit } else { noteEverywhere(place) }
      }
    }
    if live[actor][from] | read != live[actor][from] {
      live[actor][from] |= read
      hasNews = true
    }
    guard let to, !registers[actor].isEmpty else { return }
    if ways.insert(Way(actor: actor, from: from, to: to, written: written)).inserted {
      hasNews = true
    }
  }

  /// Notes that somebody reads a field who is not the actor that it may be a register of.
  mutating func note(field: Int) {
    if let place = places[field] { noteEverywhere(place) }
  }

  private mutating func noteEverywhere(_ place: Place) {
    if everywhere[place.actor] & place.bit != 0 { return }
    everywhere[place.actor] |= place.bit
    hasNews = true
  }

  mutating func formUnion(_ other: LiveRegisters) {
    ways.formUnion(other.ways)
    for actor in live.indices {
      everywhere[actor] |= other.everywhere[actor]
      for location in live[actor].indices { live[actor][location] |= other.live[actor][location] }
    }
  }

  mutating func forgetNews() { hasNews = false }

  // MARK: What follows

  /// Works out what is live by all that was seen, in one arrangement of what is alike as in each other.
  mutating func close(_ symmetry: Symmetry?) {
    var before: [[UInt64]]
    repeat {
      before = live
      for actor in live.indices {
        for location in live[actor].indices { live[actor][location] |= everywhere[actor] }
      }
      for way in ways {
        live[way.actor][way.from] |= live[way.actor][way.to] & ~way.written
      }
      for exchange in symmetry?.exchanges ?? [] { spread(exchange, symmetry!.system) }
    } while live != before
  }

  private mutating func spread(_ exchange: Exchange, _ system: System) {
    for (actor, image) in exchange.actors.enumerated() {
      let locations = exchange.action.codes[Int(system.actors[actor].counter.number)]
      for (place, register) in registers[actor].enumerated() {
        let bit: UInt64 = 1 << UInt64(place)
        guard let target = places[exchange.action.fields[register]], target.actor == image else {
          // What is no register in every arrangement is none here.
          everywhere[actor] |= bit
          continue
        }
        if everywhere[actor] & bit != 0 { everywhere[image] |= target.bit }
        for location in live[actor].indices where live[actor][location] & bit != 0 {
          live[image][locations?[location] ?? location] |= target.bit
        }
      }
    }
  }

  /// The registers that some step finds dead where it leads.
  var dead: [Int] {
    var dead = Array(repeating: UInt64(0), count: registers.count)
    for way in ways { dead[way.actor] |= ~live[way.actor][way.to] }
    return registers.indices.flatMap { actor in
      registers[actor].enumerated().filter { dead[actor] >> UInt64($0.offset) & 1 != 0 }
        .map(\.element)
    }
  }

  /// By location of an actor: how the registers that are dead there are set back.
  func resets(of actor: Int, in layout: StateLayout) -> [[RegisterReset]] {
    live[actor].map { live in
      var resets: [RegisterReset] = []
      for (place, register) in registers[actor].enumerated()
      where live >> UInt64(place) & 1 == 0 {
        let (slot, code) = (layout.fields[register].slot, layout.fields[register].initialCodes[0])
        if !resets.contains(where: { $0.word == slot.word }) {
          resets.append(RegisterReset(word: slot.word))
        }
        let reset = resets.firstIndex { $0.word == slot.word }!
        resets[reset].mask |= slot.mask << UInt64(slot.shift)
        resets[reset].value |=
          UInt64(truncatingIfNeeded: code &- slot.codes.lowerBound) << UInt64(slot.shift)
      }
      return resets
    }
  }
}

// MARK: Setting registers back

extension System {
  /// Whether its actors have registers.
  var hasRegisters: Bool {
    layout.fields.contains { field in
      if case .register = field.role { field.slot.width > 0 } else { false }
    }
  }

  /// The same system, whose steps set back the registers of their actor that are dead where they lead.
  package func settingBack(deadBeside live: LiveRegisters) -> System {
    replacingPrograms { actor, program in
      program.settingBack(live.resets(of: actor, in: layout))
    }
  }

  /// The same system as it was declared.
  var settingNothingBack: System {
    setsRegistersBack
      ? replacingPrograms { $1.settingBack($1.locations.map { _ in [] }) } : self
  }

  /// Whether steps set registers back.
  var setsRegistersBack: Bool {
    actors.contains { $0.program.locations.contains { !$0.resets.isEmpty } }
  }

  /// The state with all registers set back that are dead in it.
  package func settingRegistersBack(in words: [UInt64]) -> [UInt64] {
    var words = words
    words.withUnsafeMutableBufferPointer { words in
      for actor in actors {
        let location = actor.counter.code(in: UnsafePointer(words.baseAddress!))
        for reset in actor.program.locations[location].resets {
          reset.apply(to: words.baseAddress!)
        }
      }
    }
    return words
  }
}

// MARK: Several ranks

extension LiveRegisters {
  /// All that was seen, for another process that knows the same system.
  var words: [UInt64] {
    everywhere + live.joined()
      + ways.flatMap { way in
        [UInt64(way.actor), UInt64(way.from), UInt64(way.to), way.written]
      }
  }

  init(_ words: [UInt64], of system: System) {
    self.init(of: system)
    var rest = words[...]
    func next() -> UInt64 { rest.removeFirst() }
    for actor in everywhere.indices { everywhere[actor] = next() }
    for actor in live.indices {
      for location in live[actor].indices { live[actor][location] = next() }
    }
    while !rest.isEmpty {
      ways.insert(Way(actor: Int(next()), from: Int(next()), to: Int(next()), written: next()))
    }
  }
}
