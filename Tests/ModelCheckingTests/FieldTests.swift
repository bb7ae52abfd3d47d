import ModelChecking
import Testing

@Suite("Fields and their layout")
struct FieldTests {
  enum Colour: UInt8, FieldEnumeration { case red, green, blue }

  @Test("every field reads back what a step wrote, and its neighbours keep their values")
  func roundTrip() throws {
    // Wide, narrow, negative and one-valued fields that fill more than two words.
    let ranges = [0...1, -1...5, 0...0, -1000...1000, 0...(1 << 40), -7...(-7), 3...4]
    let count = 21
    let system = try System { b in
      let fields = (0..<count).map { i in
        b.field(
          "f\(i)", .range(ranges[i % ranges.count]), initially: ranges[i % ranges.count].lowerBound)
      }
      let colour = b.field("colour", .cases, initially: Colour.red)
      let cpu = b.cpu()
      b.actor("writer", on: cpu) { _ in
        for (i, field) in fields.enumerated() {
          Step("raise \(i)", .store(field)) { ranges[i % ranges.count].upperBound }
        }
        Step("paint", .store(colour)) { .blue }
      }
      // Every prefix of the fields is raised, every other field is as it was.
      b.invariant("the fields are raised one after the other") { s in
        let raised = fields.indices.map { i in
          s[fields[i]] == ranges[i % ranges.count].upperBound
        }
        let untouched = fields.indices.map { i in
          s[fields[i]] == ranges[i % ranges.count].lowerBound
        }
        let isPrefix = raised.indices.contains { end in
          raised[..<end].allSatisfy(\.self) && untouched[end...].allSatisfy(\.self)
        }
        return isPrefix || (raised.allSatisfy(\.self) && s[colour] != .green)
      }
      b.goal("everything is written") { s in
        s[colour] == .blue
          && fields.indices.allSatisfy { s[fields[$0]] == ranges[$0 % ranges.count].upperBound }
      }
    }
    #expect(system.layout.wordCount == 3)
    for strategy in [SearchStrategy.fast, .reference] {
      let outcome = try system.search(strategy: strategy)
      #expect(outcome.verdict == .holds)
      #expect(outcome.goals.first?.steps == count + 1)
    }
  }

  @Test(
    "a field takes the bits its domain needs",
    arguments: [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (256, 8), (257, 9)])
  func width(values: Int, bits: Int) throws {
    let system = try System { b in
      _ = b.field("f", .range(10...(9 + values)), initially: 10)
      b.actor("nobody", on: b.cpu()) { _ in Steps.none }
    }
    #expect(system.layout.bitCount == bits)
  }

  @Test(
    "a value out of range ends the search and names the field, the value and the step",
    arguments: [SearchStrategy.fast, .reference])
  func outOfRange(strategy: SearchStrategy) throws {
    let system = try System { b in
      let count = b.field("page.refcount", .range(0...2), initially: 0)
      b.actor("getter", on: b.cpu()) { _ in Loop { Step("get_page", .atomic(count)) { $0 += 1 } } }
    }
    let outcome = try system.search(strategy: strategy)
    #expect(
      outcome.verdict
        == .found(.faulted, property: "'page.refcount' would become 3, outside 0 to 2"))
    let trace = try #require(outcome.findings.first?.trace)
    #expect(trace.steps.map(\.name) == ["get_page", "get_page", "get_page"])
    #expect(trace.steps.last?.changes == [])
  }

  @Test("optional references hold none and every index")
  func references() throws {
    let system = try System { b in
      let owner = b.field("owner", .optional(CPU.self, count: 3), initially: nil)
      b.actor("taker", on: b.cpu()) { _ in
        Choose(0..<3) { index in
          Step("take", .atomic(owner), when: { $0 == nil }) { $0 = CPU(index: index) }
        }
      }
      for index in 0..<3 { b.goal("CPU\(index) owns") { s in s[owner] == CPU(index: index) } }
    }
    let outcome = try system.search()
    #expect(outcome.verdict == .holds)
    #expect(outcome.statistics.states == 4)
  }

  private enum Color: UInt8, FieldEnumeration { case red, green, blue }

  @Test("a word of flags holds every set of them, and shows their names")
  func flags() throws {
    let system = try System { b in
      let word = b.field("word", .sets(of: Color.self), initially: [.red])
      for color in Color.allCases {
        b.actor("\(color)", on: b.cpu()) { _ in
          Step("toggle", .atomic(word)) { word in
            if word.contains(color) { word.remove(color) } else { word.insert(color) }
          }
        }
      }
      b.invariant("never green and blue alone") { s in s[word] != [.green, .blue] }
    }
    let outcome = try system.search()
    #expect(system.layout.fields[0].codes == 0...7)
    let changes = outcome.findings.first?.trace.steps.flatMap(\.changes) ?? []
    #expect(changes.last?.after == "green+blue")
    #expect(FlagSet<Color>().label == "none" && FlagSet<Color>().isEmpty)
  }

  @Test("declarations that can't be right are refused, all of them at once")
  func badDeclarations() {
    #expect {
      try System { b in
        _ = b.field("f", .range(0...3), initially: 4)
        _ = b.field("f", .flag, initially: false)
        b.actor("a", on: b.cpu()) { _ in Steps.none }
        b.actor("a", on: b.cpu()) { _ in Steps.none }
      }
    } throws: { error in
      (error as? ModelError)?.problems.prefix(3) == [
        "the initial value of 'f' is outside its domain", "the field 'f' is declared twice",
        "the actor 'a' is declared twice",
      ]
    }
  }
}
