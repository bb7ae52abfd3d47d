import ModelChecking
import Testing

/// Functions of a model's author that trap: the process goes on, and the error says what trapped, on
/// which state, and the shortest way there.
@Suite("Traps in authors' functions")
struct TrapTests {
  /// How a function traps.
  enum Way: CaseIterable {
    case index, overflow, division, conversion, fatalError, unwrapping, cast, abort

    /// Traps for 3, and for no other number.
    func trap(at number: Int) -> Bool {
      switch self {
      case .index: [0, 1, 2, 4, 5][number == 3 ? 9 : 0] == 0
      case .overflow: Int.max - 3 + number * (number == 3 ? 2 : 1) > 0
      case .division: 12 / (number - 3) != 100
      case .conversion: UInt8(number == 3 ? 400 : number) < 255
      case .fatalError:
        if number == 3 { Swift.fatalError("the author's own") } else { true }
      case .unwrapping: (number == 3 ? nil : number)! >= 0
      case .cast: ((number == 3 ? "three" : number) as Any as! Int) >= 0
      case .abort:
        if number == 3 { preconditionFailure() } else { true }
      }
    }
  }

  /// The part of a system that traps, when n is 3.
  enum Place: CaseIterable {
    case step, wait, question, answer, claim, invariant, goal, whenever, section, bookkeeping

    /// What the error calls it, and how many steps lead to the state on which it traps.
    var told: (code: String, steps: Int) {
      switch self {
      case .step, .wait, .question, .answer, .claim, .section, .bookkeeping:
        ("step 'look' of two (TrapTests.swift:", 3)
      case .invariant: ("invariant 'n is well' (TrapTests.swift:", 3)
      case .goal, .whenever: ("goal 'n is reached' (TrapTests.swift:", 3)
      }
    }
  }

  /// One counts n up to 5, while two looks at it, and three and four go round to make states.
  private func system(_ place: Place, _ way: Way = .index) throws(ModelError) -> System {
    try System { b in
      let n = b.field("n", .range(0...5), initially: 0)
      let seen = b.ghost("seen", .range(0...5), initially: 0)
      b.actor("one", on: b.cpu()) { _ in
        for _ in 0..<5 { Step("raise", .atomic(n)) { $0 += 1 } }
      }
      for name in ["three", "four"] {
        let turn = b.field("\(name).turn", .range(0...3), initially: 0)
        b.actor(name, on: b.cpu()) { _ in
          Loop { Step("turn", .atomic(turn)) { $0 = ($0 + 1) % 4 } }
        }
      }
      b.actor("two", on: b.cpu()) { my in
        let last = my.register("last", .range(0...5), initially: 0)
        Loop {
          switch place {
          case .step: Step("look", .load(n)) { n, _ in _ = way.trap(at: n) }
          case .wait: Step("look", .wait(n)) { way.trap(at: $0) }
          case .question:
            Step("look", .load(n)) { n, my in my[last] = n }
            If(Condition(register: { my in way.trap(at: my[last]) })) { Step("on") }
          case .answer: If(Condition("look", .load(n)) { way.trap(at: $0) }) { Step("on") }
          case .claim: Step("look").asserting("it is well") { s in way.trap(at: s[n]) }
          case .section:
            Step("look", .section([n], because: "it is a test")) { s in _ = way.trap(at: s[n]) }
          case .bookkeeping:
            Step("look", .load(n)) { _, _ in }.noting { s in s[seen] = way.trap(at: s[n]) ? 1 : 0 }
          case .invariant, .goal, .whenever: Step("look")
          }
        }
      }
      if place == .invariant { b.invariant("n is well") { s in way.trap(at: s[n]) } }
      if place == .whenever {
        b.goal("n is reached", .inevitable, whenever: { s in way.trap(at: s[n]) }) { s in s[n] == 5
        }
      }
      if place == .goal { b.goal("n is reached") { s in way.trap(at: s[n]) && s[n] == 5 } }
    }
  }

  private func error(
    _ system: System, _ strategy: SearchStrategy = .fast, threads: Int = 1
  ) -> InputError? {
    do throws(InputError) {
      _ = try system.search(SearchOptions(threads: threads), strategy: strategy)
      return nil
    } catch { return error }
  }

  @Test("wherever one is, it is named, with its state and the way there", arguments: Place.allCases)
  func places(place: Place) throws {
    let system = try system(place)
    let expected = try #require(error(system, .reference))
    let told = place.told
    #expect(expected.message.hasPrefix(told.code))
    #expect(expected.details.first?.contains("n = 3, ") == true)
    #expect(expected.details.dropFirst().first == "after \(told.steps) steps:")
    #expect(expected.details.count == 2 + told.steps)
    #expect(expected.details.last?.hasPrefix("  3. one: raise (TrapTests.swift:") == true)
    for threads in [1, 2, 4, 8] { #expect(error(system, threads: threads) == expected) }
  }

  @Test("whichever one it is", arguments: Way.allCases)
  func ways(way: Way) throws {
    for place in [Place.step, .invariant] {
      let system = try system(place, way)
      let found = try #require(error(system))
      #expect(found.message.hasPrefix(place.told.code))
      #expect(error(system, .reference) == found)
    }
  }

  @Test("one in the first state is met at once")
  func first() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...5), initiallyAnyOf: [2, 3])
      b.actor("one", on: b.cpu()) { _ in Step("keep", .store(n)) { 0 } }
      b.invariant("n is well") { s in Way.index.trap(at: s[n]) }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let found = try #require(error(system, strategy))
      #expect(found.details == ["state: n = 3", "at once from initial state 1, counted from 0"])
    }
  }

  @Test("a label that traps takes nothing but the state's values from the error")
  func label() throws {
    struct Named: FieldValue {
      let code: Int
      var label: String { Way.index.trap(at: code) ? "\(code)" : "" }
    }
    func system(_ isBroken: Bool) throws -> System {
      try System { b in
        let n = b.field("n", .codes(0...5) as FieldDomain<Named>, initially: Named(code: 0))
        b.actor("one", on: b.cpu()) { _ in
          Step("set", .store(n)) { Named(code: 3) }
          if isBroken { Step("look", .load(n)) { n, _ in _ = Way.index.trap(at: n.code) } }
        }
        if !isBroken { b.invariant("n is not 3") { s in s[n].code != 3 } }
      }
    }
    for strategy in [SearchStrategy.fast, .reference] {
      let found = try #require(error(system(false), strategy))
      #expect(found.message.hasPrefix("the label of value 3 of field 'n' traps"))
      let hidden = try #require(error(system(true), strategy))
      #expect(hidden.message.hasPrefix("step 'look' of one"))
      #expect(hidden.details.first == "after 1 step:")
    }
  }

  @Test("one among the declarations is a mistake of the model")
  func declarations() throws {
    func problem(_ build: (SystemBuilder) -> Void) -> [String] {
      let system = Result { () throws(ModelError) in try System(build) }
      if case .failure(let error) = system { return error.problems }
      return []
    }
    let built = problem { b in
      let n = b.field("n", .range(0...5), initially: 3)
      b.actor("one", on: b.cpu()) { _ in
        if Way.division.trap(at: 3) { Step("set", .store(n)) { 0 } }
      }
    }
    #expect(built.first?.hasPrefix("what declares the system traps") == true)
    let condition = problem { b in
      let n = b.field("n", .range(0...5), initiallyAnyOf: [1, 3])
      b.actor("one", on: b.cpu()) { _ in Step("set", .store(n)) { 0 } }
      b.initially { s in Way.division.trap(at: s[n]) }
    }
    #expect(condition.first?.hasPrefix("initial condition (TrapTests.swift:") == true)
    let question = problem { b in
      b.actor("one", on: b.cpu()) { my in
        let r = my.register("r", .range(0...5), initially: 3)
        If(Condition(register: { my in Way.division.trap(at: my[r]) })) { Step("on") }
      }
    }
    #expect(question.first?.hasPrefix("first question of actor 'one' traps") == true)
  }

  /// A step that is abandoned while it changes what a class holds leaves its access open.
  @Test("what was being changed does not matter afterwards")
  func openAccess() throws {
    final class Store {
      var list = [1, 2, 3]
      func add(_ number: Int, at index: Int) { list[index] += Way.index.trap(at: number) ? 1 : 0 }
    }
    for _ in 0..<3 {
      let store = Store()
      let system = Result { () throws(ModelError) in
        try System { b in
          store.add(3, at: 0)
          b.actor("one", on: b.cpu()) { _ in Step("set") }
        }
      }
      #expect(throws: ModelError.self) { try system.get() }
      let other = Store()
      other.add(1, at: 2)
      #expect(other.list == [1, 2, 4])
    }
  }
}
