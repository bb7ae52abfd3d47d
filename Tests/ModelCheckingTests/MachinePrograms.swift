import Foundation
import Testing

import ModelChecking

/// Random programs, and a machine that runs them as its definition says, beside the same for the engine.
protocol MachinePrograms {
  init(seed: UInt64)
  /// Of each program.
  var registers: Int { get }
  var programCount: Int { get }
  var variables: Int { get }
  /// The registers and the memory of the final states, by the machine's definition.
  var finalStates: Set<[Int]> { get }
  func system(_ memoryModel: MemoryModel) throws -> System
}

extension MachinePrograms {
  /// The registers and the memory of the final states that the engine finds.
  func finalStates(of system: System) -> Set<[Int]> {
    let names =
      (0..<programCount).flatMap { actor in (0..<registers).map { "a\(actor).r\($0)" } }
      + (0..<variables).map { "x\($0)" }
    let numbers = names.map { name in system.layout.fields.firstIndex { $0.name == name }! }
    return Set(
      system.finalStates(mostStates: 1_000_000).states.map { words in
        numbers.map { system.layout.code(of: $0, in: words) }
      })
  }

  /// The seeds of one of several batches: of `count` programs from seed 0, or of as many as STRAYPAGE_PROGRAMS
  /// says from STRAYPAGE_SEED.
  static func seeds(batch: Int, of batches: Int, count: Int) -> Range<Int> {
    func number(_ name: String) -> Int? {
      ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
    let (all, first) = (number("STRAYPAGE_PROGRAMS") ?? count, number("STRAYPAGE_SEED") ?? 0)
    return (first + batch * all / batches)..<(first + (batch + 1) * all / batches)
  }

  /// Expects what the machine's definition says of the programs of some seeds.
  static func expectDefinition(_ seeds: Range<Int>, under memoryModel: MemoryModel) throws {
    var reordered = 0
    for seed in seeds {
      let random = Self(seed: UInt64(seed))
      let system = try random.system(memoryModel)
      let final = random.finalStates
      #expect(random.finalStates(of: system) == final, "seed \(seed)")
      let sequential = random.finalStates(of: try random.system(.sc))
      #expect(sequential.isSubset(of: final), "seed \(seed)")
      reordered += sequential == final ? 0 : 1
    }
    // The programs are worth the name only if the machine matters to some.
    #expect(reordered >= 1 || seeds.count < 20)
  }

  /// Expects that both searches agree on the programs of some seeds.
  static func expectSearchesAgree(_ seeds: Range<Int>, under memoryModel: MemoryModel) throws {
    for seed in seeds {
      let system = try Self(seed: UInt64(seed)).system(memoryModel)
      let reference = try system.search(strategy: .reference)
      for threads in [1, 2] {
        try expectAgreement(of: system, with: reference, threads: threads, "seed \(seed)")
      }
    }
  }
}

/// Read sections and grace periods for a system.
struct ReadSections {
  let nesting: ActorField<Int>
  let waitsFor: ActorField<ActorSet>

  init(in system: SystemBuilder) {
    nesting = system.actorField("nesting", .range(0...1), initially: 0)
    waitsFor = system.actorField("waits for", system.setsOfActors, initially: ActorSet())
    system.standForReadSections(nesting, waitsFor)
  }

  private func deed(_ kind: GracePeriodDeed.Kind) -> GracePeriodDeed {
    GracePeriodDeed(
      kind, "rcu", actor: nesting.mine.actor, nesting: nesting.own,
      waitedForBy: waitsFor.all.map { .init(actor: $0.actor, readers: $0.field) })
  }

  private func waitingDeed(_ kind: GracePeriodDeed.Kind) -> GracePeriodDeed {
    GracePeriodDeed(kind, "rcu", actor: waitsFor.mine.actor)
  }

  var enter: Step {
    Step("enter", .store(nesting.own)) { 1 }.doing(deed(.enters))
  }

  var leave: Step {
    let (own, waiting) = (nesting.mine, waitsFor.all.map(\.field))
    return Step("leave", .section([own.field] + waiting, because: "it is one thing")) { s in
      s[own.field] = 0
      for set in waiting { s[set].remove(own.actor) }
    }.doing(deed(.leaves))
  }

  var begin: Step {
    let (own, readers) = (waitsFor.own, nesting.all)
    return Step("begin", .section(readers.map(\.field) + [own], because: "it is one thing")) { s in
      for reader in readers where s[reader.field] > 0 { s[own].insert(reader.actor) }
    }.doing(waitingDeed(.begins))
  }

  var end: Step {
    Step("end", .wait(waitsFor.own)) { readers in readers.isEmpty }.doing(waitingDeed(.ends))
  }
}
