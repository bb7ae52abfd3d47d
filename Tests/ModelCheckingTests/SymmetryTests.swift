import Testing

import ModelChecking

@Suite("What is alike is visited once")
struct SymmetryTests {
  private static let always: SearchOptions = {
    var options = SearchOptions()
    options.mostStatesUnreduced = 0
    options.leastArrangements = 1
    options.setsRegistersBack = false
    return options
  }()

  @Test("random systems have the same verdict, counts, coverage and traces", arguments: 0..<150)
  func random(_ seed: Int) throws {
    let system = try AlikeSystem(seed: seed).system
    var options = SearchOptions()
    options.mostStatesUnreduced = nil
    let full = try system.search(options)
    // The plain search takes long where there are many.
    let isSmall = full.statistics.states < 2000
    let yardstick = isSmall ? try system.search(strategy: .reference) : full
    for threads in [2, 4] {
      try expectAgreement(of: system, with: yardstick, threads: threads, "seed \(seed)")
    }
  }

  @Test("most of those have fewer states to visit")
  func isUsed() throws {
    let reduced = try (0..<100).map {
      try AlikeSystem(seed: $0).system.search(Self.always)
    }.filter { $0.statistics.visited < $0.statistics.states }
    #expect(reduced.count > 40)
    #expect(reduced.contains { $0.alike.count == 2 })
  }

  @Test("as many are visited on any number of threads", arguments: [1, 2, 4, 8])
  func threads(_ threads: Int) throws {
    var options = Self.always
    options.threads = threads
    let outcome = try ring(of: 4).search(options)
    #expect(outcome.alike == ["walker0 to walker3"])
    #expect(outcome.statistics.states == 625 && outcome.statistics.visited == 70)
  }

  /// Walkers that each go round five places: as many states as 5^n, and as many to visit as there are
  /// multisets.
  private func ring(of walkers: Int) throws -> System { try rings([(walkers, 5)]) }

  /// Kinds of walkers that go round some places.
  private func rings(_ kinds: [(walkers: Int, places: Int)]) throws -> System {
    try System { system in
      for (kind, (walkers, places)) in kinds.enumerated() {
        let name = ["walker", "reader", "writer", "owner"][kind]
        for number in 0..<walkers {
          system.actor("\(name)\(number)", on: system.cpu(), duty: .mayRunForever) { _ in
            Loop { for place in 0..<places { Step("step \(place)") } }
          }
        }
      }
    }
  }

  @Test(
    "the ways of a choice may stand for the members or for something else", arguments: 2...4, 2...4)
  func choices(walkers: Int, ways: Int) throws {
    func system(ofMembers: Bool) throws -> System {
      try System { system in
        let last = system.field("last", .range(0...9), initially: 9)
        let seen = (0..<walkers).map { system.field("seen\($0)", .flag, initially: false) }
        for number in 0..<walkers {
          system.actor("walker\(number)", on: system.cpu()) { my in
            let kept = my.register("kept", .range(0...9), initially: 0)
            Choose(0..<ways) { way in
              Step("choose") { my in my[kept] = way }
            }
            Step("store", .store(last)) { my in my[kept] }
            if ofMembers { Step("see", .store(seen[number])) { true } }
          }
        }
        if ofMembers {
          // Tells the members apart by their numbers: the first alone must have been seen.
          system.invariant("whoever is named first was not seen", severity: .warning) { s in
            s[last] != 0 || !s[seen[0]]
          }
        }
      }
    }
    for ofMembers in [false, true] {
      let system = try system(ofMembers: ofMembers)
      var options = Self.always
      options.mostStatesUnreduced = nil
      let full = try system.search(options)
      let outcome = try system.search(Self.always)
      #expect(outcome.statistics.states == full.statistics.states)
      #expect(outcome.verdict == full.verdict)
      if ofMembers { continue }
      let names = walkers == 2 ? "walker0 and walker1" : "walker0 to walker\(walkers - 1)"
      #expect(outcome.alike.contains(names))
      #expect(outcome.statistics.visited < full.statistics.states)
    }
  }

  @Test("of many things so many are exchanged as can be counted")
  func manyMembers() throws {
    let outcome = try rings([(14, 2)]).search(Self.always)
    #expect(outcome.alike == ["walker0 to walker11 (of 14)"])
    #expect(outcome.statistics.states == 1 << 14 && outcome.statistics.visited == 13 * 4)
    // At each of 2^14 states every walker can move.
    #expect(outcome.statistics.transitions == 14 << 14)
  }

  @Test("several families are exchanged as long as all arrangements can be counted")
  func manyFamilies() throws {
    // 8! * 7! * 5! would be more than 2^31, and 10 are the most arrangements that are left: 3!.
    let system = try rings([(8, 2), (7, 2), (5, 2), (2, 2)])
    let outcome = try system.search(Self.always)
    #expect(
      outcome.alike == ["walker0 to walker7", "reader0 to reader6", "writer0 to writer2 (of 5)"])
    #expect(outcome.statistics.states == 1 << 22 && outcome.statistics.visited == 9 * 8 * 4 * 4 * 4)
    #expect(outcome.statistics.transitions == 22 << 22)
  }

  @Test("what nobody can count ends in no wrong number")
  func sums() {
    #expect(Int.max.sum(0) == .max && Int.max.sum(1) == nil && (1 << 62).sum(1 << 62) == nil)
  }

  @Test("things that are not alike together leave others alike")
  func otherFamilies() throws {
    let system = try System { system in
      let slots = (0..<3).map { system.field("slots[\($0)]", .range(0...1), initially: 0) }
      let pages = (0..<3).map { system.field("page\($0).count", .range(0...1), initially: 0) }
      for number in 0..<3 {
        // The slots go with the walkers, and what is done with them looks alike from outside.
        system.actor("walker\(number)", on: system.cpu()) { _ in
          Step("note", .store(slots[number])) { number == 1 ? 1 : 0 }
          Choose(pages) { page in Step("get", .store(page)) { 1 } }
        }
      }
    }
    let outcome = try system.search(Self.always)
    #expect(outcome.alike == ["page0 to page2"])
    #expect(outcome.difference?.contains("does something else for the other") == true)
    let reference = try system.search(strategy: .reference)
    #expect(outcome.statistics.states == reference.statistics.states)
  }

  @Test("the states of an orbit have one form, and are as many as it says", arguments: 0..<60)
  func canonicalForm(_ seed: Int) throws {
    let system = try AlikeSystem(seed: seed).system
    guard let symmetry = try? Symmetry(of: system) else { return }
    let (canonizer, exchanges) = (
      Canonizer(SymmetryTable(symmetry)),
      symmetry.exchanges.map { StateWords($0.action, system.layout) }
    )
    var random = SplitMix64(seed: UInt64(seed))
    var walk = Walk(system)
    for _ in 0..<200 {
      let enabled = walk.enabled
      if enabled.isEmpty || walk.take(enabled[random.next(below: enabled.count)].step.move) == nil {
        walk = Walk(system)
      }
      var orbit: Set = [walk.words]
      var open = [walk.words]
      while let state = open.popLast() {
        open += exchanges.map { $0.exchanged(state) }.filter { orbit.insert($0).inserted }
      }
      let forms = Set(
        orbit.map { state in
          var state = state
          state.withUnsafeMutableBufferPointer { canonizer.canonize($0.baseAddress!) }
          return state
        })
      #expect(forms.count == 1 && forms.isSubset(of: orbit))
      let size = walk.words.withUnsafeBufferPointer { canonizer.orbitSize(of: $0.baseAddress!) }
      #expect(size == orbit.count, "seed \(seed): \(walk.words)")
    }
  }

  /// An exchange as it is written, field by field.
  private struct StateWords {
    let action: Exchange.Action
    let layout: StateLayout

    init(_ action: Exchange.Action, _ layout: StateLayout) {
      self.action = action
      self.layout = layout
    }

    func exchanged(_ state: [UInt64]) -> [UInt64] {
      layout.fields.indices.reduce(state) { result, field in
        let distance = layout.code(of: field, in: state) - layout.fields[field].codes.lowerBound
        let image = action.fields[field]
        return layout.setting(
          image,
          to: layout.fields[image].codes.lowerBound + (action.codes[field]?[distance] ?? distance),
          in: result)
      }
    }
  }

  @Test("fields of any width go with what is alike")
  func wideFields() throws {
    let system = try System { system in
      for number in 0..<3 {
        let count = system.field("walker\(number).count", .range(0...(1 << 61)), initially: 0)
        system.actor("walker\(number)", on: system.cpu()) { _ in
          Step("raise", .atomic(count)) { count in count += 1 << 60 }
        }
      }
    }
    let outcome = try system.search(Self.always)
    #expect(outcome.statistics.states == 8 && outcome.statistics.visited == 4)
  }

  @Test("a step that looks at too many things at once is named, and not tried in all arrangements")
  func tooManyArrangements() throws {
    let system = try System { system in
      let pages = (0..<4).map { system.field("page\($0).count", .range(0...3), initially: 0) }
      system.actor("walker", on: system.cpu()) { _ in
        Step("sweep", .section(pages, because: "the test wants it so")) { s in
          for page in pages where s[page] == 3 { s[page] = 0 }
        }
      }
    }
    let pages = system.layout.fields.indices.filter { system.layout.fields[$0].role == .shared }
    let state = pages.enumerated().reduce(system.layout.firstInitialState) { state, page in
      system.layout.setting(page.element, to: page.offset, in: state)
    }
    for (most, isTooMuch) in [(24, false), (23, true)] {
      let (table, differences) = (StepTable(system), SymmetryWatch.Differences())
      let watch = SymmetryWatch(
        SymmetryTable(try Symmetry(of: system)), table, differences, mostRepeats: most)
      let stepper = Stepper(
        table, TransitionCache(alternativeCount: 1, wordCount: 1, byteLimit: 0, interval: 1),
        watch: watch)
      var target = state
      state.withUnsafeBufferPointer { state in
        target.withUnsafeMutableBufferPointer {
          #expect(stepper.run(0, from: state.baseAddress!, to: $0.baseAddress!) == .taken)
        }
      }
      let reason = differences.first?.reason
      #expect(
        isTooMuch
          ? reason?.contains("looks at too much to be tried") == true : reason == nil,
        "\(reason ?? "nothing")")
    }
  }

  // MARK: What is not alike

  /// What is said of a system with two walkers and a page each, where something is not as it should be.
  private func difference(_ spoil: Spoilt) throws -> String? {
    let system = try System { system in
      let pages = (0..<2).map {
        system.field(
          "page\($0).count", .range(0...3), initially: spoil == .initialValue && $0 == 1 ? 2 : 1)
      }
      let flag = system.field("flag", .flag, initially: false)
      for number in 0..<2 {
        system.actor("walker\(number)", on: system.cpu()) { _ in
          if spoil == .program && number == 1 { Step("more") }
          Choose(pages) { page in
            Step("get", .atomic(page)) { count in
              count += spoil == .function && number == 1 ? 2 : 1
            }
          }
          if spoil == .order {
            If(
              Condition("look", .section(pages, because: "the test wants it so")) { s in
                s[pages[0]] == 2
              }
            ) { Step("set", .store(flag)) { true } }
          }
        }
      }
      let walkers = (0..<2).map { system.ghost("walker\($0).mark", .flag, initially: false) }
      if spoil == .invariant {
        system.invariant("the first page has one reference") { s in s[pages[0]] < 2 || s[walkers[0]]
        }
      }
      if spoil == .condition {
        let extra = (0..<2).map {
          system.field("walker\($0).extra", .flag, initiallyAnyOf: [false, true])
        }
        system.initially { s in s[extra[0]] || !s[extra[1]] }
      }
      if spoil == .name { system.actor("walker9", on: system.cpu()) { _ in Step("else") } }
    }
    let outcome = try system.search(Self.always)
    let reference = try system.search(strategy: SearchStrategy.reference)
    #expect(outcome.verdict == reference.verdict)
    #expect(outcome.statistics.states == reference.statistics.states)
    return outcome.difference
  }

  private enum Spoilt { case initialValue, program, function, order, invariant, name, condition }

  @Test("what is not alike is named, and every state visited")
  func notAlike() throws {
    let sentences: [(Spoilt, String)] = [
      (
        .initialValue,
        "page0 and page1: 'page0.count' and 'page1.count' begin with different values"
      ),
      (.program, "walker0 and walker1: the programs of walker0 and walker1 say different things"),
      (.function, "walker0 and walker1: walker0, get"),
      (.order, "page0 and page1: walker0, look"),
      (.invariant, "the invariant 'the first page has one reference' is not true of both alike"),
      (.name, "there is 'walker0.mark', and no 'walker9.mark'"),
      (.condition, "walker0 and walker1: what must be true initially is not true of both alike"),
    ]
    for (spoilt, sentence) in sentences {
      let difference = try difference(spoilt)
      #expect(difference?.contains(sentence) == true, "\(spoilt): \(difference ?? "nothing")")
    }
  }
}
