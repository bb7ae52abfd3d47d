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
    /// Whether it is seen under total store order. None is under sequential consistency.
    let isSeenUnderTSO: Bool
    var testDescription: String { name }

    var text: String {
      let programs = actors.enumerated().map { number, body in
        "P\(number)(int *x, int *y, int *z, spinlock_t *l) { int r0; int r1; \(body) }"
      }
      return (["C test", "{ spinlock_t l; }"] + programs + ["exists (\(exists))"])
        .joined(separator: "\n")
    }
  }

  private static func store(_ variable: String, _ value: Int = 1) -> String {
    "WRITE_ONCE(*\(variable), \(value));"
  }
  private static func load(_ register: String, _ variable: String) -> String {
    "\(register) = READ_ONCE(*\(variable));"
  }

  /// What may stand between a store and a load, and whether it keeps them in order on x86.
  private static let between: [(name: String, text: String, isOrdered: Bool)] = [
    ("", "", false), ("smp_mb", "smp_mb();", true), ("smp_wmb", "smp_wmb();", false),
    ("smp_rmb", "smp_rmb();", false), ("barrier", "barrier();", false),
    ("smp_mb__after_atomic", "smp_mb__after_atomic();", false),
    ("an xchg", "r1 = xchg(z, 1);", true), ("an xchg_relaxed", "r1 = xchg_relaxed(z, 1);", true),
    ("an atomic_add", "atomic_add(1, z);", true),
    ("a cmpxchg that fails", "r1 = cmpxchg(z, 7, 8);", false),
    ("spin_lock", "spin_lock(l); spin_unlock(l);", true),
  ]

  static let cases: [Case] =
    between.map { between in
      Case(
        name: "SB \(between.name)",
        actors: [
          store("x") + between.text + load("r0", "y"), store("y") + between.text + load("r0", "x"),
        ], exists: "0:r0=0 /\\ 1:r0=0", isSeenUnderTSO: !between.isOrdered)
    } + [
      Case(
        name: "SB with smp_store_mb",
        actors: [
          "smp_store_mb(*x, 1);" + load("r0", "y"), "smp_store_mb(*y, 1);" + load("r0", "x"),
        ],
        exists: "0:r0=0 /\\ 1:r0=0", isSeenUnderTSO: false),
      Case(
        name: "SB with release and acquire",
        actors: [
          "smp_store_release(x, 1); r0 = smp_load_acquire(y);",
          "smp_store_release(y, 1); r0 = smp_load_acquire(x);",
        ], exists: "0:r0=0 /\\ 1:r0=0", isSeenUnderTSO: true),
      Case(
        name: "SB across an unlock",
        actors: [
          "spin_lock(l);" + store("x") + "spin_unlock(l);" + load("r0", "y"),
          store("y") + "smp_mb();" + load("r0", "x"),
        ], exists: "0:r0=0 /\\ 1:r0=0", isSeenUnderTSO: true),
      Case(
        name: "SB with one's own store seen first",
        actors: [
          store("x") + load("r0", "x") + load("r1", "y"),
          store("y") + load("r0", "y") + load("r1", "x"),
        ],
        exists: "0:r0=1 /\\ 0:r1=0 /\\ 1:r0=1 /\\ 1:r1=0", isSeenUnderTSO: true),
      Case(
        name: "MP",
        actors: [store("x") + store("y"), load("r0", "y") + load("r1", "x")],
        exists: "1:r0=1 /\\ 1:r1=0", isSeenUnderTSO: false),
      Case(
        name: "LB",
        actors: [load("r0", "x") + store("y"), load("r0", "y") + store("x")],
        exists: "0:r0=1 /\\ 1:r0=1", isSeenUnderTSO: false),
      Case(
        name: "R",
        actors: [store("x") + store("y"), store("y", 2) + load("r0", "x")],
        exists: "y=2 /\\ 1:r0=0", isSeenUnderTSO: true),
      Case(
        name: "R smp_mb in the second",
        actors: [store("x") + store("y"), store("y", 2) + "smp_mb();" + load("r0", "x")],
        exists: "y=2 /\\ 1:r0=0", isSeenUnderTSO: false),
      Case(
        name: "S",
        actors: [store("x", 2) + store("y"), load("r0", "y") + store("x")],
        exists: "x=2 /\\ 1:r0=1", isSeenUnderTSO: false),
      Case(
        name: "2+2W",
        actors: [store("x") + store("y", 2), store("y") + store("x", 2)],
        exists: "x=1 /\\ y=1", isSeenUnderTSO: false),
      Case(
        name: "WRC",
        actors: [
          store("x"), load("r0", "x") + store("y"), load("r0", "y") + load("r1", "x"),
        ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", isSeenUnderTSO: false),
      Case(
        name: "IRIW",
        actors: [
          store("x"), store("y"), load("r0", "x") + load("r1", "y"),
          load("r0", "y") + load("r1", "x"),
        ], exists: "2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0", isSeenUnderTSO: false),
      Case(
        name: "ISA2",
        actors: [
          store("x") + store("y"), load("r0", "y") + store("z"), load("r0", "z") + load("r1", "x"),
        ], exists: "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0", isSeenUnderTSO: false),
      Case(
        name: "CoRR",
        actors: [store("x"), load("r0", "x") + load("r1", "x")], exists: "1:r0=1 /\\ 1:r1=0",
        isSeenUnderTSO: false),
      Case(
        name: "MP under a lock",
        actors: [
          "spin_lock(l);" + store("x") + store("y") + "spin_unlock(l);",
          "spin_lock(l);" + load("r0", "y") + load("r1", "x") + "spin_unlock(l);",
        ], exists: "1:r0=1 /\\ 1:r1=0", isSeenUnderTSO: false),
      Case(
        name: "a lock that seems held after it was given back",
        actors: [
          "spin_lock(l); spin_unlock(l);" + load("r0", "x"),
          store("x") + "smp_mb(); r0 = spin_trylock(l); if (r0) spin_unlock(l);",
        ], exists: "0:r0=0 /\\ 1:r0=0", isSeenUnderTSO: true),
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

  @Test("shows what the machine allows", arguments: cases)
  func answers(_ test: Case) throws {
    #expect(try isSeen(test.text, .tso) == test.isSeenUnderTSO)
    // Under sequential consistency the lock may be tried while it is held.
    #expect(try !isSeen(test.text, .sc))
  }

  @Test("is refused where it uses what is known for sequential consistency alone")
  func refused() throws {
    let file = try race(
      """
      C RCU
      {}
      P0(int *x) { int r0; rcu_read_lock(); r0 = READ_ONCE(*x); rcu_read_unlock(); }
      P1(int *x) { WRITE_ONCE(*x, 1); synchronize_rcu(); }
      exists (0:r0=1)
      """, path: "test.litmus")
    var configuration = try Configuration(file.model)
    configuration.memoryModel = .tso
    let error = #expect(throws: InputError.self) { try configuration.system() }
    #expect(error?.message.contains("the step 'rcu_read_lock' of actor 'P0'") ?? false)
  }
}
