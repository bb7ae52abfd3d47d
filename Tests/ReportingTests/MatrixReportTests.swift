import Foundation
import ModelChecking
import Reporting
import Testing

@Suite("Reports of a matrix")
struct MatrixReportTests {
  /// Two actors that take two locks, or don't. With the locks they are right; with locks in two
  /// orders they deadlock; with one lock only, the order doesn't matter.
  struct Design: SwitchedDesign, Hashable {
    var locks = true
    var hasSecondLock = false
    var keepsOrder = true
  }

  private static let model = Model(
    name: "locks", summary: "", sources: [], bounds: [],
    variants: [
      Variant<Design>("all", "", source: "", expect: .holds) { $0.hasSecondLock = true }
    ],
    pieces: [
      Piece("first-lock", "both take the first lock", source: "") { $0.locks = false },
      Piece("second-lock", "both take a second lock inside", source: "") {
        $0.hasSecondLock = false
      },
      Piece("same-order", "both take them in one order", source: "") { $0.keepsOrder = false },
    ]
  ) { system, design, _ in
    let locks = ["a", "b"].map { system.lock($0, .mutex) }
    let inside = system.field("inside", .range(0...2), initially: 0)
    for (number, name) in ["one", "two"].enumerated() {
      let inOrder = number == 1 && !design.keepsOrder ? [1, 0] : [0, 1]
      let taken = inOrder.map { locks[$0] }.filter { lock in
        (design.locks && lock.name == "a") || (design.hasSecondLock && lock.name == "b")
      }
      system.actor(name, on: system.cpu()) { _ in
        for lock in taken { lock.acquire() }
        Step("enter", .atomic(inside)) { $0 += 1 }
        Step("leave", .atomic(inside)) { $0 -= 1 }
        for lock in taken { lock.release() }
      }
    }
    system.invariant("only one is inside") { s in s[inside] < 2 }
  }

  private func report(_ monitor: SearchMonitor = SearchMonitor()) throws -> MatrixReport {
    MatrixReport(
      try Configuration(Self.model).matrix(monitor: monitor), command: "straypage matrix locks")
  }

  @Test("the text has the table, and says what is true where a piece breaks a set")
  func text() throws {
    let lines = try report().text(TextStyle(width: 72)).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.dropLast(2).joined(separator: "\n") == """
        locks all

        HOLDS with all 3 pieces

          a  first-lock   both take the first lock
          b  second-lock  both take a second lock inside
          c  same-order   both take them in one order

          pieces  verdict       states  steps
          a b c   holds             26
          - b c   holds             16
          a - c   holds             16
          a b -   deadlock (1)       8      2
          - - c   violated (2)       6      2
          - b -   holds             16
          a - -   holds             16
          - - -   violated (2)       6      2

          (1) one and two wait for ever
          (2) only one is inside

        Sufficient sets, minimal under inclusion:
          first-lock
          second-lock
        Needed in every sufficient set:
          none
        Redundant, in no minimal sufficient set:
          same-order
        Replaceable, in some minimal sufficient sets and not in others:
          first-lock, second-lock
        Sets that suffice, and no longer do with a piece more:
          second-lock, and then first-lock: deadlock
          first-lock, and then second-lock: deadlock

        8 sets, 8 searches, 110 states
        """)
  }

  @Test("nothing is claimed of what is not known")
  func inconclusive() throws {
    let monitor = SearchMonitor()
    monitor.stop()
    let text = try report(monitor).text()
    #expect(text.contains("INCONCLUSIVE with all 3 pieces"))
    #expect(text.contains("\nNot known for 8 of 8 sets, where a limit was reached first.\n"))
    #expect(
      text.contains(
        "\nNot known to be needed, redundant or replaceable:\n  first-lock, second-lock, same-order"
      ))
    for claim in ["Sufficient", "Needed", "Redundant", "Replaceable", "Every set"] {
      #expect(!text.contains(claim))
    }
  }

  @Test("JSON has every set, and the same conclusions")
  func json() throws {
    let object = try JSONSerialization.jsonObject(with: Data(try report().json().utf8))
    let form = try #require(object as? [String: Any])
    let sets = try #require(form["sets"] as? [[String: Any]])
    #expect(sets.count == 8)
    #expect(sets.first?["pieces"] as? [String] == ["first-lock", "second-lock", "same-order"])
    #expect(sets.first?["verdict"] as? String == "holds")
    #expect(sets.last?["property"] as? String == "only one is inside")
    #expect(sets.last?["steps"] as? Int == 2)
    #expect(form["minimalSets"] as? [[String]] == [["first-lock"], ["second-lock"]])
    #expect(form["redundant"] as? [String] == ["same-order"])
    #expect(form["replaceable"] as? [String] == ["first-lock", "second-lock"])
    #expect(form["needed"] as? [String] == [])
    #expect(form["isMonotone"] as? Bool == false)
    #expect((form["breaks"] as? [[String: Any]])?.count == 2)
  }
}
