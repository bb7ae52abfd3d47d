import Foundation
import ModelChecking
import Testing

@Suite("Replay of saved traces")
struct ReplayTests {
  /// A small system whose closures can change while all that a fingerprint sees stays.
  struct Behaviour {
    var increment = 1
    var seen = 0
    var limit = 2
    var isBlocked = false
    var wayBack = 0

    func system() throws -> System {
      try System { b in
        let n = b.field("n", .range(0...5), initially: 0)
        let m = b.field("m", .range(0...5), initially: seen)
        b.actor("walker", on: b.cpu()) { _ in
          Step("read", .load(m))
          Step("inc", .atomic(n), when: { _ in !isBlocked }) { $0 += increment }
          Loop {
            Step("up", .atomic(m)) { $0 += 1 }
            Step("down", .atomic(m)) { $0 -= 1 - wayBack }
          }
        }
        b.invariant("n is small", severity: .warning) { s in s[n] < limit }
        b.goal("n is back") { s in s[n] == 3 }
      }
    }
  }

  private func saved(_ finding: Finding, _ system: System) throws -> SavedTrace {
    SavedTrace(finding, of: system, in: try small())
  }

  /// The trace with members of its file changed.
  private func edited(
    _ trace: SavedTrace, _ change: (inout [String: Any]) -> Void
  ) throws -> SavedTrace {
    let file = try JSONSerialization.jsonObject(with: JSONEncoder().encode(trace))
    var members = try #require(file as? [String: Any])
    change(&members)
    return try JSONDecoder().decode(
      SavedTrace.self, from: JSONSerialization.data(withJSONObject: members))
  }

  private func replay(
    _ finding: Finding, of before: System, in after: System? = nil
  ) throws -> Replay {
    try Replay(try saved(finding, before), in: after ?? before)
  }

  /// The trace to where the goal is out of reach, and then round and round.
  private func stuck(_ behaviour: Behaviour = Behaviour()) throws -> (System, Finding) {
    let system = try behaviour.system()
    let outcome = try system.search()
    return (system, try #require(outcome.findings.first { $0.kind == .goalUnreachable }))
  }

  @Test("each kind of finding goes again as it was saved")
  func asSaved() throws {
    let (system, finding) = try stuck()
    #expect(!finding.trace.loop.isEmpty)
    let again = try replay(finding, of: system)
    #expect(again.difference == nil && again.isSettled)
    #expect(again.trace.loop == finding.trace.loop)
    #expect(again.statesSearched == 4)

    var warning = Behaviour()
    warning.limit = 1
    let warningSystem = try warning.system()
    let found = try #require(
      try warningSystem.search().findings.first { $0.kind == .violated })
    #expect(found.severity == .warning)
    #expect(try replay(found, of: warningSystem).difference == nil)

    var fault = Behaviour()
    fault.increment = 6
    let faultSystem = try fault.system()
    let fallen = try #require(try faultSystem.search().findings.first)
    #expect(fallen.kind == .faulted)
    #expect(try replay(fallen, of: faultSystem).difference == nil)

    var blocked = Behaviour()
    blocked.isBlocked = true
    let blockedSystem = try blocked.system()
    let stopped = try #require(try blockedSystem.search().findings.first)
    #expect(stopped.kind == .deadlock)
    #expect(try replay(stopped, of: blockedSystem).difference == nil)
  }

  /// A changed behaviour, the step at which it shows, and what is said of it.
  static let changes: [(change: @Sendable (inout Behaviour) -> Void, step: Int?, what: String)] = [
    ({ $0.increment = 2 }, 2, "it changed n 0 -> 1, and now changes n 0 -> 2"),
    ({ $0.increment = 0 }, 2, "it changed n 0 -> 1, and now changes nothing more"),
    ({ $0.isBlocked = true }, 2, "walker can't take 'inc' there, nor any other step"),
    (
      { $0.increment = 6 }, 2, "it changed n 0 -> 1, and now changes nothing more"
    ),
  ]

  @Test("a changed step is found where it is taken", arguments: changes.indices)
  func changed(number: Int) throws {
    let (change, step, what) = Self.changes[number]
    let (system, finding) = try stuck()
    var behaviour = Behaviour()
    change(&behaviour)
    let again = try replay(finding, of: system, in: behaviour.system())
    #expect(again.difference?.step == step && again.difference?.description == what)
  }

  @Test("a loop that does not close is told")
  func loop() throws {
    let (system, finding) = try stuck()
    let cut = try edited(saved(finding, system)) { members in
      members["loop"] = (members["loop"] as? [Any]).map { Array($0.dropLast()) }
    }
    let again = try Replay(cut, in: system)
    let last = again.trace.steps.count + again.trace.onward.count + again.trace.loop.count
    #expect(again.difference?.step == last)
    #expect(again.difference?.description == "it does not close the loop that was saved")
  }

  @Test("a property that is true at the end is told")
  func ends() throws {
    let (system, finding) = try stuck()
    func described(_ end: FindingKind, _ property: String) throws -> String? {
      let wrong = try edited(saved(finding, system)) { members in
        members["end"] = end.rawValue
        members["property"] = property
      }
      let difference = try Replay(wrong, in: system).difference
      #expect(difference?.step == nil)
      return difference?.description
    }
    #expect(try described(.violated, "n is small") == "it is true at the end that n is small")
    #expect(try described(.violated, "n is big") == "there is no invariant or assertion 'n is big'")
    #expect(try described(.deadlock, "") == "there is no deadlock at the end")
    #expect(try described(.faulted, "x") == "the last step's fault was: x; now: none")
    for kind in [FindingKind.stuck, .goalUnreachable] {
      #expect(try described(kind, "n is lost") == "there is no goal 'n is lost'")
    }
  }

  @Test("a goal that can be reached again is told, and one that is too far off is not settled")
  func goals() throws {
    func system(goal: Int, most: Int) throws -> System {
      try System { b in
        let n = b.field("n", .range(0...most), initially: 0)
        b.actor("walker", on: b.cpu()) { _ in
          Loop { Step("inc", .atomic(n), when: { $0 < most }) { $0 += 1 } }
        }
        b.goal("there") { s in s[n] == goal }
      }
    }
    let walk = Walk(try system(goal: -1, most: 200_000))
    let stops = SavedTrace(walk, in: try small())
    #expect(stops.end == nil)
    let trace = try edited(stops) { members in
      members["end"] = FindingKind.stuck.rawValue
      members["property"] = "there"
    }
    let far = try Replay(trace, in: system(goal: -1, most: 200_000))
    #expect(far.difference == nil && !far.isSettled && far.statesSearched == Replay.mostStates)
    let near = try Replay(trace, in: system(goal: 9, most: 200_000))
    #expect(near.difference?.description == "it can still be reached that there")
  }

  @Test("a goal that the steps left behind is stuck, and not unreachable")
  func leftBehind() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...1), initially: 0)
      b.actor("walker", on: b.cpu()) { _ in Step("leave", .store(n)) { 1 } }
      b.goal("there", .alwaysReachable) { s in s[n] == 0 }
    }
    let finding = try #require(try system.search().findings.first)
    #expect(finding.kind == .stuck && finding.trace.steps.count == 1)
    #expect(try replay(finding, of: system).difference == nil)
    let more = try edited(saved(finding, system)) { members in
      members["end"] = FindingKind.goalUnreachable.rawValue
    }
    #expect(
      try Replay(more, in: system).difference?.description == "it can still be reached that there")
  }
}
