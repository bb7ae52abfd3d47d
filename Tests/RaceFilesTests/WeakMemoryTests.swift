import ModelChecking
import RaceFiles
import Testing

/// The classical families of tests, in our own words, with what may be seen under each memory model.
@Suite("Under a memory model, a litmus test")
struct WeakMemoryTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let actors: [String]
    let exists: String
    /// Under which memory models it is seen. None is under sequential consistency.
    let seen: Set<MemoryModel>
    var testDescription: String { name }

    var text: String {
      let programs = actors.enumerated().map { number, body in
        "P\(number)(int *x, int *y, int *z, int **p, int **s, spinlock_t *l) { int r0; int r1; int *q; \(body) }"
      }
      return
        (["C test", "{ spinlock_t l; int *p = &z; int *s = &z; }"] + programs + [
          "exists (\(exists))"
        ])
        .joined(separator: "\n")
    }
  }

  private static func store(_ variable: String, _ value: Int = 1) -> String {
    "WRITE_ONCE(*\(variable), \(value));"
  }
  private static func load(_ register: String, _ variable: String) -> String {
    "\(register) = READ_ONCE(*\(variable));"
  }

  /// What may stand between a store and a load, and where it keeps them in order.
  private static let between: [(name: String, text: String, orders: Set<MemoryModel>)] = [
    ("", "", []), ("smp_mb", "smp_mb();", [.tso, .lkmm]), ("smp_wmb", "smp_wmb();", []),
    ("smp_rmb", "smp_rmb();", []), ("barrier", "barrier();", []),
    ("smp_mb__after_atomic", "smp_mb__after_atomic();", []),
    ("an xchg", "r1 = xchg(z, 1);", [.tso, .lkmm]),
    ("an xchg_relaxed", "r1 = xchg_relaxed(z, 1);", [.tso]),
    ("an atomic_add", "atomic_add(1, z);", [.tso]),
    (
      "an atomic_add, smp_mb__after_atomic", "atomic_add(1, z); smp_mb__after_atomic();",
      [.tso, .lkmm]
    ),
    (
      "smp_mb__before_atomic, an atomic_add", "smp_mb__before_atomic(); atomic_add(1, z);",
      [.tso, .lkmm]
    ),
    ("a cmpxchg that fails", "r1 = cmpxchg(z, 7, 8);", []),
    (
      "a cmpxchg that fails, smp_mb__after_atomic",
      "r1 = cmpxchg(z, 7, 8); smp_mb__after_atomic();", []
    ),
    ("spin_lock", "spin_lock(l); spin_unlock(l);", [.tso, .lkmm]),
  ]

  static let cases: [Case] =
    between.map { between in
      Case(
        name: "SB \(between.name)",
        actors: [
          store("x") + between.text + load("r0", "y"), store("y") + between.text + load("r0", "x"),
        ], exists: "0:r0=0 /\\ 1:r0=0", seen: Set([.tso, .lkmm]).subtracting(between.orders))
    } + [
      Case(
        name: "SB with smp_store_mb",
        actors: [
          "smp_store_mb(*x, 1);" + load("r0", "y"), "smp_store_mb(*y, 1);" + load("r0", "x"),
        ],
        exists: "0:r0=0 /\\ 1:r0=0", seen: []),
      Case(
        name: "SB with release and acquire",
        actors: [
          "smp_store_release(x, 1); r0 = smp_load_acquire(y);",
          "smp_store_release(y, 1); r0 = smp_load_acquire(x);",
        ], exists: "0:r0=0 /\\ 1:r0=0", seen: [.tso, .lkmm]),
      Case(
        name: "SB across an unlock",
        actors: [
          "spin_lock(l);" + store("x") + "spin_unlock(l);" + load("r0", "y"),
          store("y") + "smp_mb();" + load("r0", "x"),
        ], exists: "0:r0=0 /\\ 1:r0=0", seen: [.tso, .lkmm]),
      Case(
        name: "SB with one's own store seen first",
        actors: [
          store("x") + load("r0", "x") + load("r1", "y"),
          store("y") + load("r0", "y") + load("r1", "x"),
        ],
        exists: "0:r0=1 /\\ 0:r1=0 /\\ 1:r0=1 /\\ 1:r1=0", seen: [.tso, .lkmm]),
      Case(
        name: "MP",
        actors: [store("x") + store("y"), load("r0", "y") + load("r1", "x")],
        exists: "1:r0=1 /\\ 1:r1=0", seen: [.lkmm]),
      Case(
        name: "LB",
        actors: [load("r0", "x") + store("y"), load("r0", "y") + store("x")],
        exists: "0:r0=1 /\\ 1:r0=1", seen: []),
      Case(
        name: "R",
        actors: [store("x") + store("y"), store("y", 2) + load("r0", "x")],
        exists: "y=2 /\\ 1:r0=0", seen: [.tso, .lkmm]),
      Case(
        name: "R smp_mb in the second",
        actors: [store("x") + store("y"), store("y", 2) + "smp_mb();" + load("r0", "x")],
        exists: "y=2 /\\ 1:r0=0", seen: [.lkmm]),
      Case(
        name: "S",
        actors: [store("x", 2) + store("y"), load("r0", "y") + store("x")],
        exists: "x=2 /\\ 1:r0=1", seen: [.lkmm]),
      Case(
        name: "2+2W",
        actors: [store("x") + store("y", 2), store("y") + store("x", 2)],
        exists: "x=1 /\\ y=1", seen: [.lkmm]),
      Case(
        name: "WRC",
        actors: [
          store("x"), load("r0", "x") + store("y"), load("r0", "y") + load("r1", "x"),
        ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", seen: [.lkmm]),
      Case(
        name: "IRIW",
        actors: [
          store("x"), store("y"), load("r0", "x") + load("r1", "y"),
          load("r0", "y") + load("r1", "x"),
        ], exists: "2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0", seen: [.lkmm]),
      Case(
        name: "ISA2",
        actors: [
          store("x") + store("y"), load("r0", "y") + store("z"), load("r0", "z") + load("r1", "x"),
        ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", seen: [.lkmm]),
      Case(
        name: "CoRR",
        actors: [store("x"), load("r0", "x") + load("r1", "x")], exists: "1:r0=1 /\\ 1:r1=0",
        seen: []),
      Case(
        name: "MP under a lock",
        actors: [
          "spin_lock(l);" + store("x") + store("y") + "spin_unlock(l);",
          "spin_lock(l);" + load("r0", "y") + load("r1", "x") + "spin_unlock(l);",
        ], exists: "1:r0=1 /\\ 1:r1=0", seen: []),
      Case(
        name: "a lock that seems held after it was given back",
        actors: [
          "spin_lock(l); spin_unlock(l);" + load("r0", "x"),
          store("x") + "smp_mb(); r0 = spin_trylock(l); if (r0) spin_unlock(l);",
        ], exists: "0:r0=0 /\\ 1:r0=0", seen: [.tso, .lkmm]),
    ] + fenced

  private static let acquire = "r0 = smp_load_acquire(y);"

  /// The shapes with what keeps the kernel's memory model from showing them, or doesn't.
  private static let fenced: [Case] = [
    Case(
      name: "MP smp_wmb, smp_rmb",
      actors: [
        store("x") + "smp_wmb();" + store("y"), load("r0", "y") + "smp_rmb();" + load("r1", "x"),
      ], exists: "1:r0=1 /\\ 1:r1=0", seen: []),
    Case(
      name: "MP smp_wmb alone",
      actors: [store("x") + "smp_wmb();" + store("y"), load("r0", "y") + load("r1", "x")],
      exists: "1:r0=1 /\\ 1:r1=0", seen: [.lkmm]),
    Case(
      name: "MP smp_rmb alone",
      actors: [store("x") + store("y"), load("r0", "y") + "smp_rmb();" + load("r1", "x")],
      exists: "1:r0=1 /\\ 1:r1=0", seen: [.lkmm]),
    Case(
      name: "MP release, acquire",
      actors: [store("x") + "smp_store_release(y, 1);", acquire + load("r1", "x")],
      exists: "1:r0=1 /\\ 1:r1=0", seen: []),
    Case(
      name: "MP release, through an atomic update of another's",
      actors: [
        store("x") + "smp_store_release(y, 1);", "atomic_inc(y);", acquire + load("r1", "x"),
      ], exists: "2:r0=2 /\\ 2:r1=0", seen: []),
    Case(
      name: "MP with a pointer",
      actors: [
        store("x") + "rcu_assign_pointer(*p, x);", "q = rcu_dereference(*p); r1 = READ_ONCE(*q);",
      ],
      exists: "1:q=x /\\ 1:r1=0", seen: []),
    Case(
      name: "MP with a pointer that is stored without order",
      actors: [store("x") + "WRITE_ONCE(*p, x);", "q = rcu_dereference(*p); r1 = READ_ONCE(*q);"],
      exists: "1:q=x /\\ 1:r1=0", seen: [.lkmm]),
    Case(
      name: "MP with a pointer that is stored and loaded again",
      actors: [
        store("x") + "rcu_assign_pointer(*p, x);",
        "int *t = READ_ONCE(*p); WRITE_ONCE(*s, t); q = READ_ONCE(*s); r1 = READ_ONCE(*q);",
      ],
      exists: "1:q=x /\\ 1:r1=0", seen: []),
    Case(
      name: "MP with a pointer that is compared first",
      actors: [
        store("x") + "rcu_assign_pointer(*p, x);",
        "r1 = 7; q = READ_ONCE(*p); if (q == x) r1 = READ_ONCE(*q);",
      ],
      exists: "1:q=x /\\ 1:r1=0", seen: []),
    Case(
      name: "R smp_mb, smp_mb",
      actors: [
        store("x") + "smp_mb();" + store("y"), store("y", 2) + "smp_mb();" + load("r0", "x"),
      ],
      exists: "y=2 /\\ 1:r0=0", seen: []),
    Case(
      name: "S smp_wmb, acquire",
      actors: [store("x", 2) + "smp_wmb();" + store("y"), acquire + store("x")],
      exists: "x=2 /\\ 1:r0=1", seen: []),
    Case(
      name: "2+2W smp_mb, smp_mb",
      actors: [store("x") + "smp_mb();" + store("y", 2), store("y") + "smp_mb();" + store("x", 2)],
      exists: "x=1 /\\ y=1", seen: []),
    Case(
      name: "WRC release, smp_rmb",
      actors: [
        store("x"), load("r0", "x") + "smp_store_release(y, 1);",
        load("r0", "y") + "smp_rmb();" + load("r1", "x"),
      ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", seen: []),
    Case(
      name: "WRC smp_wmb, smp_rmb",
      actors: [
        store("x"), load("r0", "x") + "smp_wmb();" + store("y"),
        load("r0", "y") + "smp_rmb();" + load("r1", "x"),
      ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", seen: [.lkmm]),
    Case(
      name: "IRIW smp_rmb",
      actors: [
        store("x"), store("y"), load("r0", "x") + "smp_rmb();" + load("r1", "y"),
        load("r0", "y") + "smp_rmb();" + load("r1", "x"),
      ], exists: "2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0", seen: [.lkmm]),
    Case(
      name: "IRIW smp_mb",
      actors: [
        store("x"), store("y"), load("r0", "x") + "smp_mb();" + load("r1", "y"),
        load("r0", "y") + "smp_mb();" + load("r1", "x"),
      ], exists: "2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0", seen: []),
    Case(
      name: "ISA2 release, acquire",
      actors: [
        store("x") + "smp_store_release(y, 1);", acquire + "smp_store_release(z, 1);",
        "r0 = smp_load_acquire(z);" + load("r1", "x"),
      ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", seen: []),
    Case(
      name: "SB across an unlock and a lock",
      actors: [
        "spin_lock(l);" + store("x") + "spin_unlock(l); spin_lock(l);" + load("r0", "y")
          + "spin_unlock(l);",
        store("y") + "smp_mb();" + load("r0", "x"),
      ], exists: "0:r0=0 /\\ 1:r0=0", seen: [.lkmm]),
    Case(
      name: "SB across a lock with smp_mb__after_spinlock",
      actors: [
        store("x") + "spin_lock(l); smp_mb__after_spinlock();" + load("r0", "y")
          + "spin_unlock(l);",
        store("y") + "smp_mb();" + load("r0", "x"),
      ], exists: "0:r0=0 /\\ 1:r0=0", seen: []),
    Case(
      name: "an acquire, and a load before it that is done behind it",
      actors: [
        store("z") + load("r0", "y") + "r1 = smp_load_acquire(z);" + load("int r2", "x"),
        load("r0", "z") + store("z", 2), store("x") + "smp_store_release(y, 1);",
      ], exists: "0:r0=1 /\\ 0:r1=2 /\\ 0:r2=0 /\\ 1:r0=1", seen: [.lkmm]),
    Case(
      name: "CoWR", actors: [store("x") + load("r0", "x"), store("x", 2)],
      exists: "0:r0=2 /\\ x=1", seen: []),
    Case(
      name: "two atomic updates of one value", actors: ["atomic_inc(x);", "atomic_inc(x);"],
      exists: "x=1", seen: []),
  ]

  static let allCases = cases + readSections

  private static func reader(_ body: String) -> String {
    "rcu_read_lock(); \(body) rcu_read_unlock();"
  }

  /// Read sections and grace periods: with as many of these as of those no outcome is seen that goes round.
  private static let readSections: [Case] = [
    Case(
      name: "MP: what a section has seen from behind a grace period, and from before it",
      actors: [
        store("x") + "synchronize_rcu();" + store("y"), reader(load("r0", "y") + load("r1", "x")),
      ],
      exists: "1:r0=1 /\\ 1:r1=0", seen: []),
    Case(
      name: "MP: the first before the section",
      actors: [
        store("x") + "synchronize_rcu();" + store("y"), load("r0", "y") + reader(load("r1", "x")),
      ],
      exists: "1:r0=1 /\\ 1:r1=0", seen: []),
    Case(
      name: "MP: both behind the section",
      actors: [
        store("x") + "synchronize_rcu();" + store("y"),
        reader("") + load("r0", "y") + load("r1", "x"),
      ],
      exists: "1:r0=1 /\\ 1:r1=0", seen: [.lkmm]),
    Case(
      name: "MP: two sections",
      actors: [
        store("x") + "synchronize_rcu();" + store("y"),
        reader(load("r0", "y")) + reader(load("r1", "x")),
      ],
      exists: "1:r0=1 /\\ 1:r1=0", seen: []),
    Case(
      name: "SB: a section and a grace period",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"), reader(store("y") + load("r0", "x")),
      ],
      exists: "0:r0=0 /\\ 1:r0=0", seen: []),
    Case(
      name: "SB: the store before the section",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"), store("y") + reader(load("r0", "x")),
      ],
      exists: "0:r0=0 /\\ 1:r0=0", seen: []),
    Case(
      name: "SB: the load behind the section",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"), reader(store("y")) + load("r0", "x"),
      ],
      exists: "0:r0=0 /\\ 1:r0=0", seen: []),
    Case(
      name: "SB: both behind the section",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"),
        reader("") + store("y") + load("r0", "x"),
      ],
      exists: "0:r0=0 /\\ 1:r0=0", seen: [.tso, .lkmm]),
    Case(
      name: "SB of three: two sections, one grace period",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"), reader(store("y") + load("r0", "z")),
        reader(store("z") + load("r0", "x")),
      ], exists: "0:r0=0 /\\ 1:r0=0 /\\ 2:r0=0", seen: [.tso, .lkmm]),
    Case(
      name: "SB of three: one section, two grace periods",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"),
        store("y") + "synchronize_rcu();" + load("r0", "z"), reader(store("z") + load("r0", "x")),
      ], exists: "0:r0=0 /\\ 1:r0=0 /\\ 2:r0=0", seen: []),
    Case(
      name: "SB: grace periods are full barriers",
      actors: [
        store("x") + "synchronize_rcu();" + load("r0", "y"),
        store("y") + "synchronize_rcu();" + load("r0", "x"),
      ], exists: "0:r0=0 /\\ 1:r0=0", seen: []),
    Case(
      name: "a pointer is taken away, and the object changed when readers have left",
      actors: [
        "WRITE_ONCE(*p, y); synchronize_rcu();" + store("z"),
        reader("q = rcu_dereference(*p); r1 = READ_ONCE(*q);"),
      ],
      exists: "1:q=z /\\ 1:r1=1", seen: []),
  ]

  /// Whether a final state is seen of which the condition is true.
  private func isSeen(_ text: String, _ memoryModel: MemoryModel) throws -> Bool {
    let file = try race(text, path: "test.litmus")
    var configuration = try Configuration(file.model)
    configuration.memoryModel = memoryModel
    let observation = try #require(
      try file.observation(of: configuration, in: try configuration.system()))
    #expect(observation.isComplete)
    return observation.answer != .never
  }

  @Test("shows what the machine allows", arguments: allCases)
  func answers(_ test: Case) throws {
    for machine in [MemoryModel.tso, .lkmm] {
      #expect(try isSeen(test.text, machine) == test.seen.contains(machine), "\(machine)")
    }
    // Under sequential consistency the lock may be tried while it is held.
    #expect(try !isSeen(test.text, .sc))
  }

  @Test("a callback sees what stood before call_rcu(), under lkmm as well")
  func callback() throws {
    let file = try race(
      """
      C handover
      { int x; struct rcu_head head; }
      static void cb(struct rcu_head *h) { BUG_ON(READ_ONCE(x) == 0); }
      P0(int *x, struct rcu_head *head) { WRITE_ONCE(*x, 1); call_rcu(head, cb); }
      __softirq P1(struct rcu_head *head) { rcu_core(head, cb); }
      """)
    for machine in [MemoryModel.sc, .lkmm] {
      var configuration = try Configuration(file.model)
      configuration.memoryModel = machine
      #expect(try configuration.system().search().verdict == .holds, "\(machine)")
    }
  }

  @Test(
    "of an end that is never reached nothing is shown, nor of its barriers",
    arguments: ["~exists (1:r0=1 /\\ 1:r1=0)", "forall (1:r0=7)", "exists (1:r0=1 /\\ 1:r1=0)"])
  func noEnd(final: String) throws {
    let file = try race(
      """
      C MP
      { int x; int y; struct rcu_head head; }
      static void cb(struct rcu_head *h) { }
      P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1); }
      P1(int *x, int *y) { int r0 = smp_load_acquire(y); int r1 = READ_ONCE(*x); }
      __softirq P2(struct rcu_head *head) { rcu_core(head, cb); }
      \(final)
      """)
    var configuration = try Configuration(file.model)
    if !final.hasPrefix("exists") {
      let outcome = try configuration.system().search()
      #expect(
        outcome.verdict == .holds
          && outcome.coverage?.unexplained.contains { $0.kind == .neverClaimed } == true)
    }
    configuration.memoryModel = .lkmm
    let whole = try configuration.matrixOfBarriers(SearchOptions()).rows.first { $0.set.isEmpty }
    #expect(whole?.error?.hasSuffix("never claimed anything") == true)
  }

  @Test(
    "of a race file the barriers that are needed are found, each with its function and line",
    arguments: ["~exists", "exists"])
  func barriers(final: String) throws {
    let file = try race(
      """
      C MP
      { int x; int y; }
      P0(int *x, int *y) {
        WRITE_ONCE(*x, 1);
        smp_wmb();
        WRITE_ONCE(*y, 1);
        smp_mb();
      }
      P1(int *x, int *y) {
        int r0 = smp_load_acquire(y);
        int r1 = READ_ONCE(*x);
      }
      \(final) (1:r0=1 /\\ 1:r1=0)
      """)
    var configuration = try Configuration(file.model)
    configuration.memoryModel = .lkmm
    let matrix = try configuration.matrixOfBarriers()
    #expect(
      matrix.pieces.map(\.name) == ["P0/smp_wmb:5", "P0/smp_mb:7", "P1/smp_load_acquire:10"])
    #expect(matrix.sufficiency.minimal.map(\.positions) == [[0, 2]])
    #expect(matrix.full.verdict == .holds)
    #expect(matrix.rows[0].property == "~exists (1:r0=1 /\\ 1:r1=0)")
  }
}
