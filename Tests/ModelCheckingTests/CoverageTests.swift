import ModelChecking
import Testing

@Suite("What a proof is about")
struct CoverageTests {
  /// The coverage of a complete search, which must be the same by both searches on any number of threads.
  private func coverage(_ build: (SystemBuilder) -> Void) throws -> Coverage {
    let system = try System(build)
    let reference = try system.search(strategy: .reference)
    for threads in [1, 2, 4] {
      try expectAgreement(of: system, with: reference, threads: threads, "\(threads) threads")
    }
    return try #require(reference.coverage)
  }

  private func sentences(_ gaps: [Coverage.Gap]) -> [String] {
    gaps.map { gap in
      let place = (gap.actors + gap.calls + [gap.name]).filter { !$0.isEmpty }
      return "\(place.joined(separator: " ")) \(gap.kind.rawValue)"
    }
  }

  @Test("nothing is missing where all happens")
  func complete() throws {
    let coverage = try coverage { b in
      let n = b.field("n", .range(0...2), initially: 0)
      for name in ["a", "b"] {
        b.actor(name, on: b.cpu()) { my in
          let seen = my.register("seen", .range(0...2), initially: 0)
          If(
            Condition("zero", .load(n)) { value, my in
              my[seen] = value
              return value == 0
            }
          ) { Step("up", .atomic(n)) { $0 += 1 } }
          If(Condition(register: { my in my[seen] == 1 })) { Step("saw one") }
        }
      }
      b.invariant("n is not large", when: { s in s[n] > 1 }) { s in s[n] < 3 }
    }
    #expect(coverage.gaps == [] && !coverage.isVacuous)
    #expect(coverage.steps == coverage.steps && coverage.steps.seen == 6)
    #expect(coverage.steps.all == 6)
    #expect(coverage.answers.seen == 8 && coverage.answers.all == 8)
  }

  /// Something is missing of every kind.
  private func lacking(_ b: SystemBuilder) {
    let n = b.field("n", .range(0...3), initially: 0)
    b.actor("worker", on: b.cpu()) { my in
      let copy = my.register("copy", .range(0...3), initially: 0)
      Call("look") {
        If(Condition("isThree", .load(n)) { $0 == 3 }) {
          Step("behind the question")
          Return()
        }
        Step("keep", .load(n)) { value, my in my[copy] = value }
        If(Condition(register: { my in my[copy] < 3 })) { Step("small") }
      }
      Choose {
        Way { Step("up", .atomic(n)) { $0 += 1 } }
        Way { Step("from three", .atomic(n), when: { $0 == 3 }) { $0 -= 1 } }
      }
    }
    for number in 0..<2 {
      b.actor("waiter\(number)", on: b.cpu()) { _ in
        Step("wait", .wait(n)) { $0 == 3 }.mayRest()
        Step("never")
      }
    }
    b.invariant("three is odd", when: { s in s[n] == 3 }) { s in s[n] % 2 == 1 }
  }

  private static let missing = [
    "worker look isThree never yes", "worker from three never taken", "worker look never no",
    "waiter0 waiter1 never moved", "three is odd never claimed anything",
  ]

  @Test("what is missing is told, and not what would only have come after it")
  func gaps() throws {
    let coverage = try coverage(lacking)
    #expect(sentences(coverage.gaps) == Self.missing)
    #expect(sentences(coverage.unexplained) == Self.missing)
    #expect(coverage.isVacuous)
    #expect(coverage.answers.seen == 2 && coverage.answers.all == 4)
    #expect(coverage.steps.seen == 4)
  }

  @Test("what a model accounts for is not vacuous; what it says wrongly is")
  func statements() throws {
    let coverage = try coverage { b in
      lacking(b)
      b.unreachable("isThree", answer: true, because: "n is 1 at most")
      b.unreachable("from three", of: "worker", because: "n is 1 at most")
      b.unreachable("look", because: "copy is 0")
      b.unreachable("waiter", because: "nobody makes it three")
      b.unreachable("three is odd", because: "n is 1 at most")
      b.unreachable("not there at all", because: "variants leave things out")
    }
    #expect(sentences(coverage.gaps) == Self.missing)
    #expect(coverage.unexplained == [] && coverage.untrue == [] && !coverage.isVacuous)
    #expect(coverage.gaps[0].reason == "n is 1 at most" && coverage.gaps[2].reason == "copy is 0")

    let wrong = try self.coverage { b in
      lacking(b)
      b.unreachable("isThree", answer: false, because: "wrong")
      b.unreachable("up", because: "wrong")
      b.unreachable("worker", because: "wrong")
      b.unreachable("never", because: "true, but it comes after something else")
      b.unreachable("from three", of: "waiter", because: "true, they have no such step")
    }
    #expect(wrong.untrue.map(\.name) == ["isThree", "up", "worker"])
    #expect(sentences(wrong.unexplained) == Self.missing)
  }

  @Test(
    "places of the same name and line are told apart by number, and so are the ways of a choice")
  func places() throws {
    let coverage = try coverage { b in
      let fields = (0..<3).map { b.field("f\($0)", .flag, initially: $0 == 1) }
      b.actor("a", on: b.cpu()) { _ in
        Choose(fields) { field in Step("clear", .atomic(field), when: { $0 }) { $0 = false } }
      }
    }
    #expect(coverage.gaps.count == 1)
    #expect(coverage.gaps[0].places == 2 && coverage.gaps[0].allPlaces == 3)
  }

  @Test("a wait for a lock, a lock that a register chooses and a handler that begins are no gaps")
  func enginesOwn() throws {
    let coverage = try coverage { b in
      let cpu = b.cpu()
      let locks = b.locks("l", count: 2, .spinlock)
      let n = b.fields("n", count: 2, .range(0...9), initially: 0)
      for (name, index) in [("a", 0), ("b", 1)] {
        b.actor(name, on: b.cpu()) { my in
          let i = my.register("i", .range(0...1), initially: index)
          for _ in 0..<2 {
            locks[i].acquire()
            Step("n++", .atomic(n[i])) { $0 += 1 }
            locks[i].release()
            Step("other").also { my in my[i] = 1 - my[i] }
          }
        }
      }
      // A question of the engine's has no answer of the model's.
      b.actor("c", on: b.cpu()) { my in
        let i = my.register("i", .range(0...1), initially: 0)
        locks[i].acquire()
        locks[i].release()
      }
      b.actor("handler", on: cpu, .interrupt) { _ in
        locks[0].acquire()
        locks[0].release()
      }
    }
    #expect(sentences(coverage.gaps) == [])
  }

  @Test("waits that never waited and values that no field had are told, and are no gaps")
  func notes() throws {
    let system = try System { b in
      let lock = b.lock("l", .mutex)
      let n = b.field("n", .range(-2...3), initially: 0)
      let wide = b.field("wide", .range(0...1000), initially: 0)
      for name in ["a", "b"] {
        b.actor(name, on: b.cpu()) { _ in
          Step("n = 2", .store(n)) { 2 }
          Step("wide", .store(wide)) { 7 }
          lock.acquire()
          lock.release()
          Step("n is more than 0", .wait(n)) { $0 > 0 }
        }
      }
    }
    var options = SearchOptions()
    options.looksAtValues = true
    for threads in [1, 2, 4] {
      options.threads = threads
      let coverage = try #require(try system.search(options).coverage)
      #expect(!coverage.isVacuous)
      #expect(sentences(coverage.unwaited) == ["a b n is more than 0 never had to wait"])
      #expect(
        coverage.unreachedValues?.map(\.field) == ["n"]
          && coverage.unreachedValues?[0].values == ["-2", "-1", "1", "3"])
      #expect(try system.search(options, strategy: .reference).coverage == coverage)
    }
  }

  @Test("a search that saw only a part says nothing of what it did not see")
  func partial() throws {
    let system = try System { b in
      let n = b.field("n", .range(0...3), initially: 0)
      b.actor("a", on: b.cpu()) { _ in for _ in 0..<3 { Step("up", .atomic(n)) { $0 += 1 } } }
      b.invariant("n is never 1") { s in s[n] != 1 }
    }
    #expect(try system.search().coverage == nil)
    #expect(try system.search(strategy: .reference).coverage == nil)
    #expect(try system.search(SearchOptions(keepsGoing: true)).coverage?.gaps == [])
  }
}
