import ModelChecking
import RaceFiles
import Testing

@Suite("Contexts of a race file")
struct ContextTests {
  /// A task with a lock that a handler on its CPU takes too.
  private func interrupted(_ code: String) throws -> Outcome {
    try outcome(
      of: race(
        """
        C interrupted
        { spinlock_t a; spinlock_t b; int x; }
        __cpu(0) P0(spinlock_t *a, spinlock_t *b, int *x) { unsigned long flags, more; \(code) }
        __cpu(0) __interrupt P1(spinlock_t *a) { spin_lock(a); spin_unlock(a); }
        """))
  }

  @Test("spin_unlock_irq() turns interrupts on, also where they were off before")
  func enables() throws {
    let inner = try interrupted(
      """
      spin_lock_irqsave(a, flags); spin_lock_irq(b); *x = 1; spin_unlock_irq(b); *x = 2;
      spin_unlock_irqrestore(a, flags);
      """)
    #expect(inner.verdict.name == "deadlock")
    let saved = try interrupted(
      """
      spin_lock_irqsave(a, flags); spin_lock_irqsave(b, more); *x = 1;
      spin_unlock_irqrestore(b, more); *x = 2; spin_unlock_irqrestore(a, flags);
      """)
    #expect(saved.verdict == .holds)
    let enabled = try interrupted(
      "spin_lock_irqsave(a, flags); local_irq_enable(); *x = 1; spin_unlock_irqrestore(a, flags);")
    #expect(enabled.verdict.name == "deadlock")
  }

  @Test("flags are restored as they were saved, and not as they nest")
  func flags() throws {
    let crossed = try interrupted(
      """
      spin_lock_irqsave(b, flags); spin_lock_irqsave(a, more); *x = 1;
      spin_unlock_irqrestore(b, flags); *x = 2; spin_unlock_irqrestore(a, more); local_irq_enable();
      """)
    #expect(crossed.verdict.name == "deadlock")
    let left = try interrupted(
      "local_irq_save(flags); local_irq_save(more); local_irq_restore(more); *x = 1;")
    #expect(left.verdict.name == "lock misused")
    let twice = try interrupted(
      "local_irq_disable(); local_irq_disable(); *x = 1; local_irq_enable(); local_irq_enable();")
    #expect(twice.verdict == .holds)
  }

  @Test("a lock that is tried with interrupts off has them off")
  func tries() throws {
    let tried = try interrupted(
      "if (spin_trylock_irqsave(a, flags)) { *x = 1; spin_unlock_irqrestore(a, flags); } *x = 2;")
    #expect(tried.verdict == .holds)
    let plain = try interrupted("if (spin_trylock(a)) { *x = 1; spin_unlock(a); } *x = 2;")
    #expect(plain.verdict.name == "deadlock")
  }

  @Test("a handler must not turn interrupts on")
  func handler() throws {
    let outcome = try outcome(
      of: race(
        """
        C handler
        { spinlock_t l; int x; }
        P0(int *x) { *x = 1; }
        __interrupt P1(spinlock_t *l, int *x) { spin_lock_irq(l); *x = 2; spin_unlock_irq(l); }
        """))
    #expect(
      outcome.verdict == .found(.assertionFailed, property: "irq handler enabled interrupts"))
    let saved = try race(
      """
      C handler
      { spinlock_t l; int x; }
      P0(int *x) { *x = 1; }
      __interrupt P1(spinlock_t *l, int *x) {
        unsigned long flags;
        spin_lock_irqsave(l, flags); *x = 2; spin_unlock_irqrestore(l, flags);
      }
      """)
    #expect(try RaceFilesTests.outcome(of: saved).verdict == .holds)
  }

  private func reader(_ code: String) throws -> Outcome {
    try outcome(
      of: race(
        """
        C reader
        { struct mutex m; int x; }
        P0(struct mutex *m, int *x) { \(code) }
        P1(int *x) { *x = 1; synchronize_rcu(); *x = 2; }
        """))
  }

  @Test("a read section is left, and nothing sleeps in it")
  func readSections() throws {
    let right = try reader(
      "rcu_read_lock(); int r = READ_ONCE(*x); rcu_read_unlock(); mutex_lock(m); mutex_unlock(m);")
    #expect(right.verdict == .holds)
    let open = try reader("rcu_read_lock(); int r = READ_ONCE(*x); if (r == 5) rcu_read_unlock();")
    #expect(open.verdict == .found(.lockMisused, property: "P0 ends with 'rcu_read_lock' held"))
    for sleeping in ["mutex_lock(m); mutex_unlock(m);", "might_sleep();", "synchronize_rcu();"] {
      let outcome = try reader("rcu_read_lock(); \(sleeping) rcu_read_unlock();")
      #expect(
        outcome.verdict == .found(.violated, property: "nothing sleeps in an RCU read section"))
    }
  }

  @Test(
    "what is given back once too often is told in the kernel's words",
    arguments: [
      (
        "spin_lock(l); spin_unlock(l);", "spin_unlock(l);", "releases 'l', which it does not hold",
        true
      ),
      (
        "mutex_lock(m); mutex_unlock(m);", "mutex_unlock(m);",
        "releases 'm', which it does not hold", true
      ),
      ("down_read(w); up_read(w);", "up_read(w);", "releases 'w', which it does not hold", true),
      (
        "rcu_read_lock(); rcu_read_unlock();", "rcu_read_unlock();",
        "releases 'rcu_read_lock', which it does not hold", true
      ),
      ("", "rcu_read_unlock();", "releases 'rcu_read_lock', which it does not hold", true),
      (
        "int i = srcu_read_lock(s); srcu_read_unlock(s, i);", "srcu_read_unlock(s, i);",
        "releases 'srcu_read_lock(&s)', which it does not hold", true
      ),
      (
        "write_seqcount_begin(c); write_seqcount_end(c);", "write_seqcount_end(c);",
        "releases 'write_seqcount_begin(&c)', which it does not hold", true
      ),
      (
        "preempt_disable(); preempt_enable();", "preempt_enable();",
        "enables preemption, which it has not disabled", false
      ),
      (
        "rcu_read_lock_bh(); rcu_read_unlock_bh();", "rcu_read_unlock_bh();",
        "enables bottom halves, which it has not disabled", false
      ),
    ])
  func unbalanced(pair: String, again: String, what: String, isLock: Bool) throws {
    let outcome = try outcome(
      of: race(
        """
        C unbalanced
        { spinlock_t l; struct mutex m; struct rw_semaphore w; struct srcu_struct s; seqcount_t c; int x; }
        P0(spinlock_t *l, struct mutex *m, struct rw_semaphore *w, struct srcu_struct *s, seqcount_t *c, int *x) {
          \(pair)
          \(again)
        }
        P1(int *x) { WRITE_ONCE(*x, 1); }
        """))
    let words =
      isLock ? "bad unlock balance detected" : "DEBUG_LOCKS_WARN_ON(val > preempt_count())"
    #expect(outcome.verdict == .found(.lockMisused, property: "P0 \(what): \(words)"))
  }

  @Test("a write section of a seqcount is left, and not entered twice")
  func seqcount() throws {
    func verdict(_ body: String) throws -> Verdict {
      try outcome(
        of: race("C seqcount\n{ seqcount_t c; int x; }\nP0(seqcount_t *c, int *x) { \(body) }")
      ).verdict
    }
    let section = "write_seqcount_begin(&c)"
    #expect(
      try verdict("write_seqcount_begin(c); *x = 1;")
        == .found(.lockMisused, property: "P0 ends with '\(section)' held"))
    #expect(
      try verdict("write_seqcount_begin(c); write_seqcount_begin(c);")
        == .found(
          .lockMisused,
          property:
            "P0 takes '\(section)', which it already holds: possible recursive locking detected"))
    #expect(try verdict("write_seqcount_begin(c); *x = 1; write_seqcount_end(c);") == .holds)
  }

  @Test("a read section that a mistake leaves open is noticed", arguments: [true, false])
  func mistakes(isSRCU: Bool) throws {
    let (enter, leave) =
      isSRCU
      ? ("int idx = srcu_read_lock(s);", "srcu_read_unlock(s, idx);")
      : ("rcu_read_lock();", "rcu_read_unlock();")
    let file = try race(
      """
      C open
      { struct srcu_struct s; int x; }
      P0(struct srcu_struct *s, int *x) { \(enter) int r = READ_ONCE(*x); \(leave) }
      P1(int *x) { *x = 1; }
      always("x is small", x < 2);
      """)
    let run = try Configuration(file.model).mutationRun()
    let leftOut = run.mutants.filter {
      $0.mutation.change == .leftOut && $0.mutation.name.contains("unlock")
    }
    let section = isSRCU ? "srcu_read_lock(&s)" : "rcu_read_lock"
    #expect(
      leftOut.map(\.fate) == [
        .killed(.found(.lockMisused, property: "P0 ends with '\(section)' held"), steps: 2)
      ])
  }

  @Test("a section that is left open is noticed whatever is asked behind it")
  func questionBehind() throws {
    let outcome = try RaceFilesTests.outcome(
      of: race(
        """
        C open
        { struct srcu_struct s; int x; int y; }
        P0(struct srcu_struct *s, int *x, int *y) {
          int r = READ_ONCE(*x); int idx = srcu_read_lock(s); if (r) WRITE_ONCE(*y, 1); else WRITE_ONCE(*y, 2);
        }
        P1(int *x) { WRITE_ONCE(*x, 1); }
        """))
    #expect(
      outcome.verdict == .found(.lockMisused, property: "P0 ends with 'srcu_read_lock(&s)' held"))
  }

  @Test("a claim before an operation of RCU is looked at")
  func claims() throws {
    let outcome = try reader("claim(\"x is 0\", *x == 0); rcu_read_lock(); rcu_read_unlock();")
    #expect(outcome.verdict == .found(.violated, property: "x is 0"))
  }
}

@Suite("A grace period in a race file")
struct GracePeriodTests {
  private func outcome(_ off: String, _ on: String) throws -> Outcome {
    try RaceFilesTests.outcome(
      of: race(
        """
        C preemption
        { struct mutex m; spinlock_t l; spinlock_t k; rwlock_t rw; int x; }
        P0(struct mutex *m, spinlock_t *l, spinlock_t *k, rwlock_t *rw, int *x) {
          unsigned long flags, more;
          \(off) if (READ_ONCE(*x) == 0) BUG_ON(READ_ONCE(*x) == 2); \(on)
        }
        P1(int *x) { *x = 1; synchronize_rcu(); *x = 2; }
        """))
  }

  @Test(
    "waits for preemption, bottom halves and interrupts that are off, also with locks, until the last is on",
    arguments: [
      ("preempt_disable();", "preempt_enable();"), ("local_bh_disable();", "local_bh_enable();"),
      ("local_irq_save(flags);", "local_irq_restore(flags);"),
      ("local_irq_disable();", "local_irq_enable();"), ("spin_lock(l);", "spin_unlock(l);"),
      ("spin_lock_irqsave(l, flags);", "spin_unlock_irqrestore(l, flags);"),
      ("spin_lock_bh(l);", "spin_unlock_bh(l);"), ("read_lock(rw);", "read_unlock(rw);"),
      ("rcu_read_lock_sched();", "rcu_read_unlock_sched();"),
      ("if (!spin_trylock(l)) return;", "spin_unlock(l);"),
      ("rcu_read_lock(); preempt_disable(); rcu_read_unlock();", "preempt_enable();"),
      ("spin_lock(k); spin_lock(l); spin_unlock(k);", "spin_unlock(l);"),
      (
        "local_irq_save(flags); spin_lock_irqsave(l, more); spin_unlock_irqrestore(l, more);",
        "local_irq_restore(flags);"
      ),
      ("spin_lock_irqsave(l, flags); spin_unlock(l);", "local_irq_restore(flags);"),
    ])
  func waits(_ off: String, _ on: String) throws {
    #expect(try outcome(off, on).verdict == .holds)
  }

  @Test(
    "and for nothing else",
    arguments: [
      ("mutex_lock(m);", "mutex_unlock(m);"), ("preempt_disable(); preempt_enable();", ""),
      ("spin_lock(l); spin_unlock(l);", ""),
      ("if (spin_trylock(l)) spin_unlock(l);", ""),
    ])
  func passes(_ off: String, _ on: String) throws {
    #expect(try outcome(off, on).verdict.name == "assertion failed")
  }
}

@Suite("refcount_t of a race file")
struct RefcountTests {
  private func outcome(_ code: String, at count: Int = 1) throws -> Outcome {
    try RaceFilesTests.outcome(
      of: race(
        """
        C refcount
        { refcount_t r = REFCOUNT_INIT(\(count)); int freed; }
        P0(refcount_t *r, int *freed) { \(code) }
        """))
  }

  @Test("counts, and warns of nothing where it is used as it must be")
  func rightUse() throws {
    let file = try race(
      """
      C right
      { refcount_t r = REFCOUNT_INIT(1); int freed; }
      P0(refcount_t *r, int *freed) { if (refcount_dec_and_test(r)) *freed = 1; }
      __times(2) P1(refcount_t *r, int *freed) {
        if (refcount_inc_not_zero(r)) { if (refcount_dec_and_test(r)) *freed = 1; }
      }
      always("it is counted", refcount_read(&r) >= 0);
      reachable("it is freed", freed == 1);
      """)
    let outcome = try RaceFilesTests.outcome(of: file)
    #expect(outcome.verdict == .holds)
    #expect(outcome.findings.isEmpty)
    #expect(outcome.coverage?.isVacuous == false)
  }

  @Test(
    "warns in the kernel's words, and saturates",
    arguments: [
      ("refcount_inc(r);", 0, "refcount_t: addition on 0; use-after-free."),
      ("refcount_add(2, r);", 0, "refcount_t: addition on 0; use-after-free."),
      ("refcount_dec(r);", 1, "refcount_t: decrement hit 0; leaking memory."),
      ("if (refcount_dec_and_test(r)) *freed = 1;", 0, "refcount_t: underflow; use-after-free."),
      ("refcount_sub_and_test(3, r);", 2, "refcount_t: underflow; use-after-free."),
    ])
  func warnings(_ code: String, _ count: Int, _ warning: String) throws {
    let outcome = try outcome(
      code + " *freed = refcount_read(r) == -1073741824; BUG_ON(READ_ONCE(*freed));", at: count)
    #expect(outcome.findings.map(\.property).contains(warning))
    #expect(outcome.verdict.name == "assertion failed")
  }
}
