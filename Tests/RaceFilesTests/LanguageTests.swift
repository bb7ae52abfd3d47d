import ModelChecking
import RaceFiles
import TestSupport
import Testing

@Suite("The language of race files")
struct LanguageTests {
  @Test("each shared access is a step, work on local variables is none")
  func steps() throws {
    // Two loads and a store: 4 states; the sums take no step.
    #expect(
      try states(
        """
        C steps
        { int x = 1; int y = 2; int z; }
        P0(int *x, int *y, int *z) { int a = *x; int b = a + 1; b += *y; a = b * 2; *z = a; }
        always("z is what it must be", z == 0 || z == 8);
        reachable("it is", z == 8);
        """) == 4)
  }

  @Test("a condition is answered by its access, without a register")
  func conditions() throws {
    let file = try race(
      """
      C conditions
      { int x; int y; }
      P0(int *x, int *y) { if (READ_ONCE(*x) > 0 && !READ_ONCE(*y)) WRITE_ONCE(*y, 1); }
      P1(int *x) { WRITE_ONCE(*x, 1); }
      """)
    let system = try file.model.system()
    #expect(!system.layout.fields.contains { $0.role == .register(actor: 0) })
  }

  @Test("functions are put in where they are called, and traces show them")
  func functions() throws {
    let outcome = try outcome(
      of: try race(
        """
        C functions
        { int x in 0..7; }
        static int twice(int n) { return 2 * n; }
        static void store(int *p, int v) { *p = twice(v) + 1; }
        P0(int *x) { store(x, 3); }
        always("x is not 7", x != 7);
        """))
    let step = try #require(outcome.findings.first?.trace.steps.first)
    #expect(step.calls == ["store"])
    #expect(step.name == "*p = twice(v) + 1")
    #expect(step.declaration == SourceLine(file: "test.race", line: 4))
  }

  @Test("loops, switch, goto and the environment's choice do what they do in C")
  func controlFlow() throws {
    let file = try race(
      """
      C control
      { int x; int sum in 0..40; }
      P0(int *x, int *sum)
      {
        int i;
        int s = 0;
        for (i = 0; i < 5; i++) {
          if (i == 1) continue;
          if (i == 4) break;
          s += i;
          WRITE_ONCE(*x, i);
        }
        do s++; while (s < 3);
        switch (choose(3)) {
        case 0: s += 10; break;
        case 1: s += 20;
        default: s += 1;
        }
        if (s > 25) goto out;
        *sum = s;
        return;
      out:
        *sum = 40;
      }
      exists (sum=40)
      """)
    // i is 0, 2 and 3, then s++ once: 6.
    let states = try file.observed().states.map(\.text)
    #expect(states == ["[sum]=16;", "[sum]=40;", "[sum]=7;"])
  }

  @Test("structures, arrays and pointers to them are memory, as in C")
  func memory() throws {
    let file = try race(
      """
      C memory
      struct item { int n; struct item *next; };
      { struct item items[2] = { { .n = 4, .next = &items[1] }, { 5 } }; struct item *head = &items[0]; }
      static int take(struct item **head) {
        struct item *first = READ_ONCE(*head);
        WRITE_ONCE(*head, first->next);
        return first->n;
      }
      P0(struct item **head) { int r0 = take(head); int r1 = take(head); }
      exists (0:r0=4 /\\ 0:r1=5 /\\ head=0)
      """)
    #expect(try file.observed().answer == .always)
  }

  @Test("a NULL pointer that is followed is found")
  func null() throws {
    let outcome = try outcome(
      of: try race(
        """
        C null
        struct item { int n; };
        { struct item i; struct item *p = &i; }
        P0(struct item **p) { WRITE_ONCE(*p, NULL); }
        P1(struct item **p) { struct item *q = READ_ONCE(*p); WRITE_ONCE(q->n, 1); }
        """))
    #expect(outcome.verdict.name == "faulted")
    #expect(outcome.findings.first?.trace.steps.count == 3)
  }

  @Test("a value outside a range that is declared is found")
  func ranges() throws {
    let outcome = try outcome(
      of: try race(
        """
        C range
        { int n in 0..2; }
        P0(int *n) { for (;;) atomic_inc(n); }
        """))
    #expect(outcome.verdict == .found(.faulted, property: "'n' would become 3, outside 0 to 2"))
  }

  @Test("BUG_ON fires in the kernel's words, and what it looks at is a step")
  func bugOn() throws {
    let file = try race(
      """
      C bug
      { int x; }
      P0(int *x) { BUG_ON(READ_ONCE(*x) == 1); WARN_ON(READ_ONCE(*x)); }
      P1(int *x) { WRITE_ONCE(*x, 1); }
      """)
    let outcome = try outcome(of: file)
    #expect(
      outcome.verdict == .found(.assertionFailed, property: "BUG_ON(READ_ONCE(*x) == 1)"))
    #expect(outcome.findings.first?.trace.steps.count == 2)
  }

  @Test("a lock that is always taken with interrupts off keeps the handler away")
  func interrupts() throws {
    func text(_ lock: String, _ unlock: String) -> String {
      """
      C interrupts
      { spinlock_t l; int x; }
      __cpu(0) P0(spinlock_t *l, int *x) { unsigned long flags; \(lock); *x = 1; \(unlock); }
      __cpu(0) __interrupt P1(spinlock_t *l, int *x) { spin_lock(l); *x = 2; spin_unlock(l); }
      """
    }
    let safe = text("spin_lock_irqsave(l, flags)", "spin_unlock_irqrestore(l, flags)")
    #expect(try outcome(of: race(safe)).verdict == .holds)
    let unsafe = text("spin_lock(l)", "spin_unlock(l)")
    #expect(try outcome(of: race(unsafe)).verdict.name == "deadlock")
  }

  @Test("an atomic block is one step, and waits for its await")
  func atomicBlocks() throws {
    let file = try race(
      """
      C atomic
      { int a; int b; }
      P0(int *a, int *b) {
        atomic("nobody is between the two") { await(*a == 0); *a = 1; *b = *a + 1; }
      }
      P1(int *a, int *b) { atomic("nobody is between the two") { await(*b == 2); *a = 0; *b = 0; } }
      always("both or none", (a == 0) == (b == 0));
      reachable("both", b == 2);
      """)
    let outcome = try outcome(of: file)
    #expect(outcome.verdict == .holds)
    #expect(outcome.statistics.states == 3)
    #expect(checkFootprints(of: try file.model.system(), mostStates: 60) == [])
  }

  @Test("an atomic block that needs a lock is misuse without it")
  func holding() throws {
    let outcome = try outcome(
      of: try race(
        """
        C holding
        { spinlock_t l; int a; }
        P0(spinlock_t *l, int *a) { atomic(taking l) { *a = 1; } }
        P1(spinlock_t *l, int *a) { atomic(holding l) { *a = 2; } }
        """))
    #expect(outcome.verdict.name == "lock misused")
  }

  @Test("ghosts ride on the step before, and claims on the step behind")
  func ghosts() throws {
    let outcome = try outcome(
      of: try race(
        """
        C ghosts
        { int x; ghost int owner; }
        P0(int *x) { WRITE_ONCE(*x, 1); owner = 1; claim("nobody has it", owner != 2); WRITE_ONCE(*x, 2); }
        P1(int *x) { WRITE_ONCE(*x, 3); owner = 2; }
        """))
    #expect(outcome.verdict == .found(.violated, property: "nobody has it"))
    #expect(outcome.findings.first?.trace.steps.count == 3)
  }

  @Test("pieces, variants and bounds are those of a model")
  func model() throws {
    let file = try race(
      """
      C model
      "Do two increments meet?"
      piece ATOMIC "the increment is atomic", "made up";
      bound TWO = 2, large 3, in 1..4 "how many count";
      { int n in 0..4; }
      __name("counter") __times(TWO)
      P0(int *n) {
      #ifdef ATOMIC
        atomic_inc(n);
      #else
        *n = *n + 1;
      #endif
      }
      reachable("all are counted", n == TWO);
      always reachable("none is lost", n == TWO);
      variant plain: ; expect stuck "none is lost" in 2;
      fix variant atomic: ATOMIC; expect holds;
      """)
    #expect(file.model.summary == "Do two increments meet?")
    #expect(file.model.variants.map(\.name) == ["plain", "atomic"])
    #expect(file.model.fix.name == "atomic")
    #expect(file.model.bounds.map(\.largeValue) == [3])
    for variant in file.model.variants {
      let outcome = try outcome(of: file, variant.name)
      #expect(variant.expected.isMet(by: outcome), "\(outcome.verdict)")
    }
    #expect(try outcome(of: file, "atomic", settings: ["TWO": 4]).statistics.states == 16)
  }

  @Test("to choose to do nothing is a step, also at the end")
  func lastChoice() throws {
    let file = try race(
      """
      C last
      { int x; }
      P0(int *x) { *x = 1; if (choose(2)) *x = 2; }
      P1(int *x) { either { *x = 3; } or { } }
      exists (x=1)
      """)
    #expect(try file.observed().states.map(\.text) == ["[x]=1;", "[x]=2;", "[x]=3;"])
  }

  @Test("a pointer to a local variable is that variable")
  func localPointers() throws {
    let file = try race(
      """
      C pointers
      { int x = 1; int y; }
      static void read(int *from, int *to) { int *place = to; *place = READ_ONCE(*from); }
      P0(int *x, int *y) { int a = 5; int *p = &a; (*p)++; read(x, p); *y = a + *p; }
      forall (y=2)
      """)
    #expect(try file.observed().answer == .always)
    #expect(try outcome(of: file).verdict == .holds)
  }

  @Test("a pointer to a structure is shown by the structure's name")
  func pointerNames() throws {
    let file = try race(
      """
      C names
      struct item { int first; struct item *next; };
      { struct item a; struct item b[2]; struct item *head; int *n; }
      P0(struct item **head, int **n) { *head = &a; *head = &b[1]; *n = &a.first; }
      always("n is nothing", n == NULL);
      """)
    let lines = try file.explanation(of: Configuration(file.model))
    #expect(lines.contains("  head        NULL, &a, &b[1], at first NULL"))
    #expect(lines.contains("  n           NULL, &a.first, at first NULL"))
  }

  @Test("a variant states a verdict for each memory model that it names, and for sc by default")
  func memoryModels() throws {
    func text(_ expected: String) -> String {
      """
      C sb
      { int x; int y; int r[2] = { 1, 1 }; }
      P0(int *x, int *y, int *r) { WRITE_ONCE(*x, 1); r[0] = READ_ONCE(*y); }
      P1(int *x, int *y, int *r) { WRITE_ONCE(*y, 1); r[1] = READ_ONCE(*x); }
      always("one sees the other", r[0] || r[1]);
      variant bare: ; \(expected);
      """
    }
    let variant = try #require(
      try race(text("expect holds, expect violated in 5 on tso, expect violated in 6 on lkmm"))
        .model
        .variants.first)
    #expect(variant.memoryModels == [.sc, .tso, .lkmm])
    #expect(variant.expected == .holds)
    #expect(variant.expectedUnder[.tso] == .violated("one sees the other", steps: 5))
    let both = try race(text("expect violated in 6 on lkmm tso, expect holds on sc")).model
    #expect(both.variants.first?.expectedUnder[.lkmm]?.steps == 6)

    func problem(_ expected: String) -> String {
      let error = #expect(throws: InputError.self) { try race(text(expected)) }
      return error?.message ?? ""
    }
    #expect(
      problem("expect holds on sc tso, expect violated in 6 on tso")
        .contains("'bare' states a second verdict under tso"))
    #expect(
      problem("expect violated in 6 on lkmm").contains(
        "what 'bare' must find under sc is missing"))
    #expect(
      problem("expect holds on arm64").contains(
        "'arm64' is no memory model here; 'lkmm' stands for it"))
    #expect(problem("expect holds on mars").contains("a memory model is missing: sc, tso or lkmm"))
  }

  @Test("what a step did wrong need not be named by an expectation")
  func unnamedExpectations() throws {
    let file = try race(
      """
      C unnamed
      { int x in 0..1; }
      switch BUG "fires";
      P0(int *x) { int r = READ_ONCE(*x);
      #ifdef BUG
        BUG_ON(r == 0);
      #endif
        *x = r + 2; }
      variant bug: BUG; expect assertion-failed in 1;
      variant range: ; expect faulted in 2;
      """)
    for variant in file.model.variants {
      #expect(variant.expected.isMet(by: try outcome(of: file, variant.name)), "\(variant.name)")
    }
    #expect(!file.model.variants[0].expected.isMet(by: try outcome(of: file, "range")))
  }

  @Test("copies of an actor know their CPU")
  func perCPU() throws {
    let file = try race(
      """
      C percpu
      DEFINE_PER_CPU(int, n);
      __times(2) P0() { this_cpu_inc(n); }
      always("no CPU counts twice", n[0] < 2 && n[1] < 2);
      reachable("each counts its own", n[0] == 1 && n[1] == 1);
      """)
    #expect(try outcome(of: file).verdict == .holds)
  }

  @Test("every function on pages that the language brings can be called")
  func pageFunctions() throws {
    let questions = [
      "page_ref_count(p)", "page_count(p)", "page_ref_dec_and_test(p)",
      "page_ref_sub_and_test(p, 1)",
      "page_ref_add_unless(p, 1, 0)", "page_ref_freeze(p, 1)", "put_page_testzero(p)",
      "get_page_unless_zero(p)", "PageOffline(p)", "PageBuddy(p)", "PageLRU(p)",
      "TestClearPageLRU(p)", "PageReserved(p)", "PageDirty(p)", "PageHWPoison(p)",
      "TestSetPageHWPoison(p)", "PageLocked(p)", "trylock_page(p)",
    ]
    let statements = [
      "set_page_count(p, 1)", "page_ref_add(p, 1)", "page_ref_inc(p)", "page_ref_dec(p)",
      "page_ref_unfreeze(p, 1)", "get_page(p)", "__SetPageOffline(p)", "__ClearPageOffline(p)",
      "__SetPageBuddy(p)", "__ClearPageBuddy(p)", "SetPageLRU(p)", "SetPageReserved(p)",
      "ClearPageReserved(p)", "__ClearPageReserved(p)", "SetPageDirty(p)", "ClearPageDirty(p)",
      "SetPageHWPoison(p)", "ClearPageHWPoison(p)", "unlock_page(p)", "lock_page(p)",
      "free_unref_page(p)", "__put_page(p)", "put_page(p)",
    ]
    for call in questions.map({ "if (\($0)) *x = 1;" }) + statements.map({ "\($0);" }) {
      let text = "C t\n{ struct page p; int x; }\nP0(struct page *p, int *x) { \(call) }"
      #expect(mistakes(in: text) == [], "\(call)")
    }
  }

  @Test(
    "stars belong to the name, not to the names behind it",
    arguments: ["", "{ ", "P0() { smp_mb(); }\n"])
  func stars(before: String) throws {
    let (start, end) = before.hasPrefix("{") ? (before, " }") : (before, "")
    let file = try race(
      """
      C stars
      \(start)int *a = NULL, b = 2, *c = &b, **d = &c;\(end)
      P1(int *b) { *b = 3; }
      reachable("it is a number", b == 3 && a == NULL && c == &b && *c == 3 && **d == 3);
      """)
    #expect(try outcome(of: file).verdict == .holds)
  }

  @Test(
    "a guard gives its lock back on every way out of its scope, and as the lock that it took",
    arguments: [
      "guard(mutex)(&m); x++;", "scoped_guard(mutex, &m) x++;",
      "scoped_guard(mutex, &m) { x++; if (x == 2) return; }",
      "for (int i = 0; i < 1; i++) { guard(mutex)(&m); x++; if (x == 2) continue; break; }",
      "struct mutex *l = &m; { guard(mutex)(l); l = &other; x++; }",
      "guard(rcu)(); scoped_guard(spinlock, &s) { x++; }",
      "for (;;) { scoped_guard(mutex, &m) { x++; if (x == 2) break; continue; } return; }",
      "guard(spinlock_irqsave)(&s); x++;", "guard(preempt)(); scoped_guard(raw_spinlock, &s) x++;",
      "scoped_guard(mutex, &m) { x++; if (x == 2) goto out; goto out; out: ; }",
      "{ guard(rcu)(); guard(spinlock)(&s); x++; if (x == 2) goto out; } out: ;",
      "bool done = false; again: ; guard(rcu)(); if (!done) { guard(spinlock)(&s); x++; done = true; goto again; }",
    ])
  func guards(body: String) throws {
    let file = try race(
      """
      C guards
      { int x; struct mutex m; struct mutex other; spinlock_t s; }
      static void raise(void) { \(body) }
      P0() { raise(); mutex_lock(&other); mutex_unlock(&other); }
      P1() { raise(); mutex_lock(&other); mutex_unlock(&other); }
      always("no raise is lost", x < 3);
      reachable("both have raised", x == 2);
      """)
    let outcome = try outcome(of: file)
    #expect(outcome.verdict == .holds)
    #expect(outcome.goals.allSatisfy { $0.steps != nil })
  }

  @Test(
    "what a place in the program says of a variable is told where it becomes so, and takes no bits")
  func placedLocals() throws {
    let file = try race(
      """
      C placed
      { int x; int y; spinlock_t l; }
      static void store(int *x, int value) { int twice = value * 2; WRITE_ONCE(*x, twice); }
      P0(int *x, int *y, spinlock_t *l) {
        bool seen = false;
        for (int i = 0; i < 2; i++)
          store(x, i);
        if (READ_ONCE(*y) == 0)
          seen = true;
        spin_lock(l);
        if (seen)
          WRITE_ONCE(*y, 1);
        spin_unlock(l);
      }
      always("not one", y == 0);
      """)
    let system = try file.model.system()
    #expect(!system.layout.fields.contains { ["P0.seen", "P0.i", "P0.twice"].contains($0.name) })
    let steps = try #require(try outcome(of: file).findings.first).trace.steps
    #expect(
      steps.map { $0.placed.map { "\($0.field) = \($0.value)" } } == [
        ["P0.i = 1", "P0.twice = 2"], [], ["P0.seen = true"], [], [],
      ])
  }

  @Test("what is no variable of the file's, and what is only set back, is not told of")
  func quietRegisters() throws {
    let file = try race(
      """
      C quiet
      { int n; int x; int y; }
      P0() { int k = READ_ONCE(x); n++; WRITE_ONCE(y, k); rcu_read_lock(); rcu_read_unlock(); }
      P1() { WRITE_ONCE(x, 1); synchronize_rcu(); }
      always("not one", y == 0);
      """)
    let steps = try #require(try outcome(of: file).findings.first).trace.steps
    #expect(
      steps.map { step in step.toldChanges.map { "\($0.field) = \($0.after)" } } == [
        ["x = 1"], ["P0.k = 1"], [], ["n = 1"], ["y = 1"],
      ])
    // A replay compares all of them.
    #expect(steps[4].changes.map(\.field).contains("P0.k"))
  }

  @Test("a section of RCU has a step at each end, whatever is done with locals there")
  func sections() throws {
    let file = try race(
      """
      C section
      { int x; int y; }
      static int get(void)
      {
        int r;
        rcu_read_lock();
        r = READ_ONCE(x);
        if (r) { r += 2; rcu_read_unlock(); return r; }
        rcu_read_unlock();
        return -EAGAIN;
      }
      P0() { int err = get(); WRITE_ONCE(y, err); }
      P1() { WRITE_ONCE(x, choose(1, 2)); synchronize_rcu(); }
      always("y is not 4", y != 4);
      """)
    let steps = try #require(try outcome(of: file).findings.first).trace.steps
    #expect(
      steps.filter { $0.actor == "P0" }.map(\.name) == [
        "rcu_read_lock", "READ_ONCE(x)", "rcu_read_unlock", "WRITE_ONCE(y, err)",
      ])
  }

  @Test(
    "two calls of a function are two, also where they follow each other, and each is one in all its steps"
  )
  func callSites() throws {
    let file = try race(
      """
      C calls
      { int x; }
      static void raise(int *x) { int r = READ_ONCE(*x); WRITE_ONCE(*x, r + 1); }
      P0(int *x) { raise(x); raise(x); }
      always("less than two", x < 2);
      """)
    let steps = try #require(try outcome(of: file).findings.first).trace.steps
    #expect(steps.map(\.calls) == Array(repeating: ["raise"], count: 4))
    let sites = steps.flatMap(\.callSites)
    #expect(sites[0] == sites[1] && sites[1] != sites[2] && sites[2] == sites[3])
  }

  @Test("the sketch of the issue has the verdicts and lengths of the mail's race")
  func vocabulary() throws {
    let file = try race(
      """
      C pages
      { struct page p = { ._refcount = ATOMIC_INIT(1), .owner = DRIVER }; }
      P0(struct page *p) { if (get_page_unless_zero(p)) put_page(p); }
      P1(struct page *p) { __SetPageOffline(p); page_ref_dec(p); }
      always("a page of the driver's is on no list", p.owner != DRIVER || p.list == LIST_NONE);
      """)
    let outcome = try outcome(of: file)
    #expect(
      outcome.verdict == .found(.violated, property: "a page of the driver's is on no list"))
    let steps = try #require(outcome.findings.first).trace.steps
    #expect(
      steps.map(\.name) == [
        "get_page_unless_zero(p)", "__SetPageOffline(p)", "page_ref_dec(p)",
        "page_ref_dec_and_test(page)", "free_unref_page(page)",
      ])
    #expect(outcome.statistics.states == 11)
  }

  @Test("what is claimed where an actor ends stands at its closing brace")
  func endOfActor() throws {
    let text = """
      C end
      int x;

      P0()
      {
        x = 1;
        claim("x is 2", x == 2);
      }
      """
    let step = try #require(try outcome(of: race(text)).findings.first?.trace.steps.last)
    #expect(step.name == "claim: x is 2" && step.declaration.line == 8)
  }

  @Test("several expectations may stand in lines of their own")
  func expectations() throws {
    let file = try race(
      """
      C lines
      int x;
      P0() { WRITE_ONCE(x, 1); }
      always("x is 0", x == 0);
      variant v: ;
      expect violated in 1;
      expect violated in 2 on tso;
      variant w: ; expect violated in 1;
      """)
    let variant = file.model.variants[0]
    #expect(variant.expected(under: .sc)?.description == "violated after 1 step: x is 0")
    #expect(variant.expected(under: .tso)?.description == "violated after 2 steps: x is 0")
    #expect(file.model.variants.count == 2)
  }
}
