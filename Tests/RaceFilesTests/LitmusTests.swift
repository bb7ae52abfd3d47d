import ModelChecking
import RaceFiles
import TestSupport
import Testing

/// Classical tests in our own words, with the answers that follow from sequential consistency by hand.
@Suite("A litmus test")
struct LitmusTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    let answer: Observation.Answer
    /// The final states by what the condition looks at.
    let states: [String]
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(
      name: "store buffering",
      text: """
        C SB
        {}
        P0(int *x, int *y) { int r0; WRITE_ONCE(*x, 1); r0 = READ_ONCE(*y); }
        P1(int *x, int *y) { int r0; WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x); }
        exists (0:r0=0 /\\ 1:r0=0)
        """, answer: .never, states: ["0:r0=0; 1:r0=1;", "0:r0=1; 1:r0=0;", "0:r0=1; 1:r0=1;"]),
    Case(
      name: "message passing, with a pointer",
      text: """
        C MP+pointer
        { int z = 5; int *p = &z; }
        P0(int *x, int **p) { WRITE_ONCE(*x, 1); rcu_assign_pointer(*p, x); }
        P1(int **p) { int *r0; int r1; r0 = rcu_dereference(*p); r1 = READ_ONCE(*r0); }
        exists (1:r0=x /\\ 1:r1=0)
        """, answer: .never, states: ["1:r0=x; 1:r1=1;", "1:r0=z; 1:r1=5;"]),
    Case(
      name: "coherence of two writes, as forall",
      text: """
        C CoWW
        {}
        P0(int *x) { WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); }
        forall (x=2)
        """, answer: .always, states: ["[x]=2;"]),
    Case(
      name: "two locked increments",
      text: """
        C locked
        { spinlock_t l; int x = 0; }
        P0(spinlock_t *l, int *x) { int r0; spin_lock(l); r0 = *x; *x = r0 + 1; spin_unlock(l); }
        P1(spinlock_t *l, int *x) { int r0; spin_lock(l); r0 = *x; *x = r0 + 1; spin_unlock(l); }
        ~exists (x=1)
        """, answer: .never, states: ["[x]=2;"]),
    Case(
      name: "two increments that are no locked ones",
      text: """
        C unlocked
        {}
        P0(int *x) { *x = *x + 1; }
        P1(int *x) { (*x)++; }
        exists (x=1)
        """, answer: .sometimes, states: ["[x]=1;", "[x]=2;"]),
    Case(
      name: "a compare-and-exchange that one of two wins",
      text: """
        C cmpxchg
        {}
        P0(int *x) { int r0; r0 = cmpxchg(x, 0, 1); }
        P1(int *x) { int r0; r0 = cmpxchg_acquire(x, 0, 2); }
        exists (0:r0=0 /\\ 1:r0=0)
        """, answer: .never, states: ["0:r0=0; 1:r0=1;", "0:r0=2; 1:r0=0;"]),
    Case(
      name: "an atomic counter, whose range nobody says",
      text: """
        C atomic
        { atomic_t x = ATOMIC_INIT(3); }
        P0(atomic_t *x) { int r0; atomic_inc(x); r0 = atomic_add_unless(x, 2, 4); }
        P1(atomic_t *x) { atomic_sub(1, x); }
        locations [x;]
        exists (0:r0=0)
        """, answer: .sometimes, states: ["0:r0=0; [x]=3;", "0:r0=1; [x]=5;"]),
    Case(
      name: "a grace period that waits for the reader",
      text: """
        C RCU
        {}
        P0(int *x, int *y) {
          int r0; int r1;
          rcu_read_lock(); r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); rcu_read_unlock();
        }
        P1(int *x, int *y) { WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1); }
        exists (0:r0=1 /\\ 0:r1=0)
        """, answer: .never, states: ["0:r0=0; 0:r1=0;", "0:r0=0; 0:r1=1;", "0:r0=1; 0:r1=1;"]),
    Case(
      name: "a filter, and a register that nobody declared",
      text: """
        C filter
        {}
        P0(int *s, int *x) { r0 = xchg_acquire(s, 1); WRITE_ONCE(*x, 1); }
        P1(int *s, int *x) { r0 = xchg_acquire(s, 1); r1 = READ_ONCE(*x); }
        filter (1:r0=1)
        exists (1:r1=0)
        """, answer: .sometimes, states: ["1:r0=1; 1:r1=0;", "1:r0=1; 1:r1=1;"]),
    Case(
      name: "a lock that others see held",
      text: """
        C held
        {}
        P0(spinlock_t *l, int *x) { spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l); }
        P1(spinlock_t *l, int *x) { int r0 = smp_load_acquire(x); int r1 = spin_is_locked(l); }
        exists (1:r0=0 /\\ 1:r1=1)
        """, answer: .sometimes,
      states: ["1:r0=0; 1:r1=0;", "1:r0=0; 1:r1=1;", "1:r0=1; 1:r1=0;", "1:r0=1; 1:r1=1;"]),
  ]

  @Test("has herd's answer and final states", arguments: cases)
  func answers(_ test: Case) throws {
    let observation = try race(test.text, path: "test.litmus").observed()
    #expect(observation.answer == test.answer)
    #expect(observation.states.map(\.text) == test.states)
    #expect(observation.isComplete)
  }

  @Test("has no answer where its states were not all looked at")
  func undecided() throws {
    let file = try race(Self.cases[0].text, path: "test.litmus")
    let configuration = try Configuration(file.model)
    let seen = try #require(
      try file.observation(of: configuration, in: try configuration.system(), unless: { true }))
    #expect(seen.answer == .undecided && !seen.isComplete)
  }

  @Test(
    "has the answer that its search has shown, whatever of its states was looked at",
    arguments: cases)
  func shown(_ test: Case) throws {
    let file = try race(test.text, path: "test.litmus")
    let configuration = try Configuration(file.model)
    let system = try configuration.system()
    func answer(_ options: SearchOptions) throws -> Observation.Answer? {
      let outcome = try system.search(options)
      return try file.observation(of: configuration, in: system, after: outcome, unless: { true })?
        .answer
    }
    #expect(try answer(SearchOptions()) == (test.answer == .never ? .never : .undecided))
    var cut = SearchOptions()
    cut.seconds = 0
    #expect(try answer(cut) == .undecided)
  }

  @Test("has a verdict by its condition", arguments: cases)
  func verdicts(_ test: Case) throws {
    let file = try race(test.text, path: "test.litmus")
    let verdict = try outcome(of: file).verdict
    switch (test.text.contains("~exists"), test.text.contains("forall"), test.answer) {
    case (false, false, .never): #expect(verdict.name == "goal unreachable")
    default: #expect(verdict == .holds)
    }
  }

  @Test(
    "is searched alike by the reference search, and its steps say what they touch", arguments: cases
  )
  func agrees(_ test: Case) throws {
    let system = try race(test.text, path: "test.litmus").model.system()
    let reference = try system.search(strategy: .reference)
    let fast = try system.search(SearchOptions(threads: 2))
    #expect(fast.verdict == reference.verdict)
    #expect(fast.statistics.states == reference.statistics.states)
    #expect(fast.statistics.transitions == reference.statistics.transitions)
    #expect(checkFootprints(of: system, mostStates: 60) == [])
  }

  @Test("may have what is passed over before its name")
  func beforeTitle() throws {
    let file = try race(
      """
      // SPDX-License-Identifier: GPL-2.0
      #include <linux/kernel.h>
      C SB+one
      Cycle=Fre PodWR
      {}
      P0(int *x) { WRITE_ONCE(*x, 1); }
      exists (x=1)
      """, path: "test.litmus")
    #expect(file.title == "SB+one")
    #expect(try file.observed().answer == .always)
  }
}
