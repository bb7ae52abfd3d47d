import ModelChecking
import RaceFiles
import Testing

@Suite("In a race file, data_races; has data races told of")
struct DataRaceFileTests {
  /// The data races of two actors, without what all names begin with, and the steps before each.
  private func races(
    _ one: String, _ other: String, _ memoryModel: MemoryModel = .sc
  ) throws -> [String: Int] {
    let text = """
      C two
      data_races;
      int x; int y; spinlock_t l; DEFINE_PER_CPU(int, counted);
      volatile int v; struct flags { volatile int a; int b; }; struct flags f;
      static void set(void) { x = 1; }
      P0() { int r; \(one) }
      P1() { int r; \(other) }
      """
    return Dictionary(
      uniqueKeysWithValues: try outcome(of: try race(text), under: memoryModel).findings.map {
        ($0.property.replacing("data-race in ", with: ""), $0.trace.steps.count)
      })
  }

  @Test("C's own accesses are plain, the kernel's operations are not")
  func plain() throws {
    #expect(try races("x = 1;", "r = x;") == ["P0 / P1 (x = 1 / x)": 0])
    #expect(try races("set();", "r = READ_ONCE(x);") == ["set / P1 (x = 1 / READ_ONCE(x))": 0])
    #expect(try races("WRITE_ONCE(x, 1);", "r = READ_ONCE(x);") == [:])
    #expect(try races("smp_store_release(&x, 1);", "r = xchg(&x, 2);") == [:])
    #expect(try races("r = x;", "r = x;") == [:])
    #expect(try races("x = 1;", "y = 1;") == [:])
  }

  @Test("what is volatile is marked, whether the variable is so or the pointer to it")
  func volatile() throws {
    #expect(try races("v = 1;", "r = v;") == [:])
    #expect(try races("f.a = 1; f.b = 1;", "r = f.a;") == [:])
    #expect(try races("*(volatile int *)&x = 1;", "r = *(volatile int *)&x;") == [:])
    #expect(try races("volatile int *q = &x; *q = 1;", "r = READ_ONCE(x);") == [:])
    #expect(
      try races("int *volatile q = &x; *q = 1;", "r = READ_ONCE(x);") == [
        "P0 / P1 (*q = 1 / READ_ONCE(x))": 0
      ])
    #expect(
      try races("x = 1;", "r = *(volatile int *)&x;") == [
        "P0 / P1 (x = 1 / *(volatile int *)&x)": 0
      ])
  }

  @Test("ASSERT_EXCLUSIVE_WRITER() and ASSERT_EXCLUSIVE_ACCESS() rule out marked accesses too")
  func exclusive() throws {
    let (writer, access) = ("ASSERT_EXCLUSIVE_WRITER(x);", "ASSERT_EXCLUSIVE_ACCESS(x);")
    let name = "assert: race in P0 / P1"
    #expect(
      try races(writer, "WRITE_ONCE(x, 1);") == [
        "\(name) (ASSERT_EXCLUSIVE_WRITER(x) / WRITE_ONCE(x, 1))": 0
      ])
    #expect(try races(writer, "r = READ_ONCE(x);") == [:])
    #expect(try races(writer, "r = x;") == [:])
    #expect(
      try races(access, "r = READ_ONCE(x);") == [
        "\(name) (ASSERT_EXCLUSIVE_ACCESS(x) / READ_ONCE(x))": 0
      ])
    #expect(try races(writer, writer) == [:])
    #expect(
      try races(access, writer) == [
        "\(name) (ASSERT_EXCLUSIVE_ACCESS(x) / ASSERT_EXCLUSIVE_WRITER(x))": 0
      ])
    func locked(_ code: String) -> String { "spin_lock(&l); \(code) spin_unlock(&l);" }
    #expect(try races(locked(access), locked("x = 1;")) == [:])
    #expect(try races(access, "data_race(x = 1);") == [:])
    #expect(try races(access + " y = 1;", "WRITE_ONCE(x, 1); r = data_race(y);").count == 1)
  }

  @Test("they ask for data races to be told of, and an interrupt may come in their middle")
  func exclusiveAlone() throws {
    func found(_ one: String, _ attributes: String = "__cpu(0)") throws -> [Finding] {
      try outcome(
        of: race(
          "C alone\nint x;\n__cpu(0) P0() { \(one) }\n\(attributes) P1() { WRITE_ONCE(x, 1); }")
      ).findings
    }
    let finding = try #require(
      try found("ASSERT_EXCLUSIVE_WRITER(x);", "__interrupt __cpu(0)").first)
    #expect(finding.kind == .dataRace)
    #expect(finding.races.map(\.kind) == [.assertNoWrites, .write])
    #expect(
      try found(
        "unsigned long flags; local_irq_save(flags); ASSERT_EXCLUSIVE_WRITER(x); local_irq_restore(flags);",
        "__interrupt __cpu(0)"
      ).isEmpty)
    #expect(try found("WRITE_ONCE(x, 2);", "__interrupt __cpu(0)").isEmpty)
  }

  @Test("an increment is a load and a store")
  func increment() throws {
    #expect(
      try races("y = 1; x++;", "r = READ_ONCE(x);") == ["P0 / P1 (x++ / READ_ONCE(x))": 2])
    #expect(try races("this_cpu_inc(counted);", "this_cpu_inc(counted);") == [:])
  }

  @Test("under a lock there is none, and beside it there is")
  func locks() throws {
    let locked = "spin_lock(&l); x = 1; spin_unlock(&l);"
    #expect(try races(locked, locked) == [:])
    #expect(try races(locked, "x = 2;") == ["P0 / P1 (x = 1 / x = 2)": 1])
  }

  @Test("who awaits a value looks at it all the time")
  func waiting() throws {
    #expect(try races("x = 1;", "await(x == 1);") == ["P0 / P1 (x = 1 / await(x == 1))": 0])
    #expect(try races("WRITE_ONCE(x, 1);", "await(x == 1);") == [:])
    #expect(
      try races("WRITE_ONCE(x, 1);", "while (!x) cpu_relax();") == [
        "P0 / P1 (WRITE_ONCE(x, 1) / x)": 0
      ])
  }

  @Test("data_race() exempts what stands in it, and nothing else")
  func exempt() throws {
    #expect(try races("x = 1;", "r = data_race(x);") == [:])
    #expect(try races("data_race(x = 1);", "r = x;") == [:])
    #expect(try races("x = 1;", "if (data_race(x)) { WRITE_ONCE(y, 1); }") == [:])
    #expect(
      try races("x = 1; y = 1;", "r = data_race(x) + y;") == ["P0 / P1 (y = 1 / y)": 2])
  }

  @Test("without a barrier on either side nothing orders what no interleaving has side by side")
  func messagePassing() throws {
    // How far each orders: not at all, stores behind stores, or all behind all.
    let writers = [
      ("WRITE_ONCE(y, 1);", 0), ("smp_wmb(); WRITE_ONCE(y, 1);", 1),
      ("smp_store_release(&y, 1);", 2), ("smp_rmb(); WRITE_ONCE(y, 1);", 0),
      ("smp_mb(); WRITE_ONCE(y, 1);", 2),
    ]
    // How far that must be for each; 3: nothing is enough.
    let readers = [
      ("if (READ_ONCE(y)) { r = x; }", 3, "x"),
      ("if (READ_ONCE(y)) { smp_rmb(); r = x; }", 1, "x"),
      ("if (smp_load_acquire(&y)) { r = x; }", 1, "x"),
      ("if (READ_ONCE(y)) { smp_wmb(); r = x; }", 3, "x"),
      // A compiler may put a load beside a plain store, which no smp_wmb() orders.
      ("if (smp_load_acquire(&y)) { x = 2; }", 2, "x = 2"),
      ("if (READ_ONCE(y)) { smp_mb(); x = 2; }", 2, "x = 2"),
      ("if (READ_ONCE(y)) { WRITE_ONCE(x, 2); }", 2, "WRITE_ONCE(x, 2)"),
      ("if (READ_ONCE(y)) { r = xchg(&x, 2); }", 2, "xchg(&x, 2)"),
      // Its load is not ordered by a branch.
      ("if (READ_ONCE(y)) { r = xchg_relaxed(&x, 2); }", 3, "xchg_relaxed(&x, 2)"),
      // A branch orders no plain store, which a compiler may make before it; smp_rmb() orders loads.
      ("if (READ_ONCE(y)) { x = 2; }", 3, "x = 2"),
      ("if (READ_ONCE(y)) { smp_rmb(); x = 2; }", 3, "x = 2"),
      // A plain load of y orders nothing.
      ("if (data_race(y)) { smp_rmb(); r = x; }", 3, "x"),
    ]
    for (writer, order) in writers {
      for (reader, needed, step) in readers {
        #expect(try races("x = 1; " + writer, reader) == [:], "\(writer) \(reader)")
        let found = try races("x = 1; " + writer, reader, .lkmm).keys
        #expect(
          Array(found) == (order >= needed ? [] : ["P0 / P1 (x = 1 / \(step))"]),
          "\(writer) \(reader)")
      }
    }
    // The same pair has the same name whatever it takes to meet it.
    #expect(try races("x = 1;", "r = x;", .lkmm) == ["P0 / P1 (x = 1 / x)": 0])
  }

  @Test("a load must be over before a plain store comes, for which a branch is not enough")
  func loadsFirst() throws {
    let writers = [
      ("if (READ_ONCE(y)) { x = 1; }", false, "x = 1"),
      ("if (READ_ONCE(y)) { smp_rmb(); x = 1; }", false, "x = 1"),
      ("if (READ_ONCE(y)) { smp_mb(); x = 1; }", true, "x = 1"),
      ("if (smp_load_acquire(&y)) { x = 1; }", true, "x = 1"),
      ("if (READ_ONCE(y)) { WRITE_ONCE(x, 1); }", true, "WRITE_ONCE(x, 1)"),
    ]
    for (release, releases) in [
      ("smp_store_release(&y, 1);", true), ("smp_mb(); WRITE_ONCE(y, 1);", true),
      ("smp_wmb(); WRITE_ONCE(y, 1);", false), ("WRITE_ONCE(y, 1);", false),
    ] {
      for (writer, acquires, step) in writers {
        let found = try races("r = x; \(release)", writer, .lkmm).keys
        #expect(
          Array(found) == (releases && acquires ? [] : ["P0 / P1 (x / \(step))"]),
          "\(release) \(writer)")
      }
    }
    // A marked load is over when a later store is made: there is no load buffering.
    #expect(
      try races(
        "r = READ_ONCE(x); WRITE_ONCE(y, 1);", "if (smp_load_acquire(&y)) { x = 1; }", .lkmm) == [:]
    )
  }

  @Test("that a load has seen a store of the same field orders nothing behind it")
  func sameField() throws {
    for (between, isRace) in [("", true), ("smp_rmb();", false), ("smp_mb();", false)] {
      let found = try races(
        "WRITE_ONCE(x, 1);", "if (READ_ONCE(x)) { \(between) r = x; }", .lkmm)
      #expect(
        found.map(\.key) == (isRace ? ["P0 / P1 (WRITE_ONCE(x, 1) / x)"] : []), "\(between)")
    }
  }

  @Test("a race is expected as a verdict or a warning")
  func expected() throws {
    let file = try race(
      """
      C expected
      data_races;
      int x;
      P0() { x = 1; }
      P1() { WARN_ON(x); }
      variant v: ; expect data-race "data-race in P0 / P1 (x = 1 / x)" in 0,
        warning "WARN_ON(x)" in 2;
      """)
    let found = try outcome(of: file)
    #expect(file.model.variants[0].expected.isMet(by: found), "\(Expectation(metBy: found))")
    #expect(
      Expectation(metBy: found).source(in: .raceFile)
        == """
        expect data-race "data-race in P0 / P1 (x = 1 / x)" in 0, warning "WARN_ON(x)" in 2;
        """)
  }

  @Test("a name in a comment or a string is no use of it")
  func comments() throws {
    let file = try race(
      """
      C comment // kfree(x)
      int x;
      /* kfree() and synchronize_rcu() */
      P0() { WRITE_ONCE(x, 1); }
      always("nobody calls kfree", x >= 0);
      """)
    var configuration = try Configuration(file.model)
    configuration.memoryModel = .lkmm
    #expect(try configuration.system().search().verdict == .holds)
  }
}
