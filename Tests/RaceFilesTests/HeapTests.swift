import ModelChecking
import RaceFiles
import Testing

@Suite("What is freed in a race file")
struct HeapTests {
  /// Two who know an object: what a reader does with it, and what the other one does.
  private func outcome(_ reader: String, _ other: String) throws -> Outcome {
    try RaceFilesTests.outcome(
      of: race(
        """
        C heap
        struct item { int n; spinlock_t lock; struct rcu_head rcu; };
        { struct item a; struct item b[2]; struct item *p = &a; struct item *q = NULL; int x; }
        P0(struct item **p, int *x) { struct item *i = READ_ONCE(*p); int r; if (i) { \(reader) } }
        P1(struct item *a, struct item *b, struct item **p, struct item **q) {
          struct item *i = READ_ONCE(*q); \(other)
        }
        """))
  }

  private static let read = "r = i->n; *x = r;"
  private static let section =
    "rcu_read_lock(); i = READ_ONCE(*p); if (i) *x = i->n; rcu_read_unlock();"

  @Test(
    "is used no more: by loads, stores, atomic operations, locks, waits and atomic blocks",
    arguments: [
      "r = i->n; *x = r;", "i->n = 1;", "xchg(&i->n, 1);",
      "spin_lock(&i->lock); spin_unlock(&i->lock);",
      "await(i->n == 0);", "atomic(\"nobody comes in between\") { i->n = 1; }",
      "atomic(\"nobody comes in between\") { await(*x == 0); *x = i->n; }",
    ])
  func uses(_ reader: String) throws {
    let freed = try outcome(reader, "kfree(a);")
    #expect(freed.verdict == .found(.assertionFailed, property: "KASAN: use-after-free"))
    #expect(freed.findings.first?.trace.steps.count == 4)
    #expect(
      try outcome(reader, "kfree(&b[1]); kfree(i); kmem_cache_free(cache, &b[0]);").verdict
        == .holds)
  }

  @Test(
    "is freed once, as a whole",
    arguments: [
      ("kfree(a); kfree(a);", "KASAN: double-free"),
      ("kfree(&b[0]); i = &b[0]; kfree(i);", "KASAN: double-free"),
      ("i = b; i++; kfree(i); kfree(i);", "KASAN: double-free"),
      ("i = b; i += 2; kfree(i);", "KASAN: invalid-free"),
    ])
  func once(_ other: String, _ found: String) throws {
    #expect(try outcome("", other).verdict == .found(.assertionFailed, property: found))
  }

  @Test("waits for readers with synchronize_rcu(), with call_rcu() and with kfree_rcu()")
  func readers() throws {
    for free in ["synchronize_rcu(); kfree(a);", "kfree_rcu(a, rcu);"] {
      let right = "WRITE_ONCE(*p, NULL); \(free)"
      #expect(try outcome(Self.section, right).verdict == .holds, "\(free)")
      for (reader, other) in [(Self.read, right), (Self.section, free)] {
        let outcome = try outcome(reader, other)
        #expect(
          outcome.verdict == .found(.assertionFailed, property: "KASAN: use-after-free"), "\(other)"
        )
      }
    }
    #expect(
      try outcome("", "kfree_rcu(a, rcu); kfree(a);").verdict
        == .found(.assertionFailed, property: "KASAN: double-free"))
  }

  @Test("a callback of RCU runs once nobody is inside", arguments: [true, false])
  func callback(isReader: Bool) throws {
    let (lock, unlock) = isReader ? ("rcu_read_lock();", "rcu_read_unlock();") : ("", "")
    let file = try race(
      """
      C callback
      struct item { int n; struct rcu_head rcu; };
      { struct item a; struct item *p = &a; int x; }
      P0(struct item **p, int *x) {
        struct item *i;
        \(lock)
        i = READ_ONCE(*p); if (i) *x = i->n;
        \(unlock)
      }
      static void free_item(struct rcu_head *rcu) { kfree(container_of(rcu, struct item, rcu)); }
      P1(struct item *a, struct item **p) { WRITE_ONCE(*p, NULL); call_rcu(&a->rcu, free_item); }
      __softirq P2(struct item *a) { rcu_core(&a->rcu, free_item); }
      reachable("the callback was called", p == NULL && !a.rcu.pending);
      """)
    let verdict = try RaceFilesTests.outcome(of: file).verdict
    #expect(
      verdict == (isReader ? .holds : .found(.assertionFailed, property: "KASAN: use-after-free")))
  }

  @Test(
    "is put by the last of those who count with a kref, once",
    arguments: [
      ("kref_get", "kref_put(&s->ref, release);", "KASAN: use-after-free"),
      ("kref_get_unless_zero", "kref_put(&s->ref, release);", "KASAN: use-after-free"),
      ("kref_get", "mutex_lock(m); if (kref_put(&s->ref, release)) *x = 1; mutex_unlock(m);", nil),
      ("kref_get", "kref_put_mutex(&s->ref, release_locked, m);", nil),
      ("kref_get", "mutex_lock(m); kref_put(&READ_ONCE(*p)->ref, release); mutex_unlock(m);", nil),
    ])
  func krefs(get: String, put: String, found: String?) throws {
    let file = try race(
      """
      C kref
      struct session { int id; struct kref ref; };
      { struct session a = { .ref = KREF_INIT(1) }; struct session *p = &a; struct mutex m; int x; }
      static void release(struct kref *ref) {
        struct session *s = container_of(ref, struct session, ref);
        WRITE_ONCE(p, NULL);
        kfree(s);
      }
      static void release_locked(struct kref *ref) { release(ref); mutex_unlock(&m); }
      P0(struct session **p, struct mutex *m, int *x) {
        struct session *s;
        mutex_lock(m);
        s = READ_ONCE(*p);
        if (s) \(get)(&s->ref);
        mutex_unlock(m);
        if (s) {
          s->id = 1;
          \(put)
        }
      }
      P1(struct session *a, struct session **p, struct mutex *m, int *x) {
        struct session *s = a;
        \(put)
      }
      reachable("it is freed", p == NULL);
      """)
    let outcome = try RaceFilesTests.outcome(of: file)
    // The count's own warning comes before.
    let verdict = outcome.verdict
    if let found {
      #expect(verdict == .found(.assertionFailed, property: found))
    } else {
      #expect(verdict == .holds)
      #expect(outcome.goals.allSatisfy { $0.steps != nil })
    }
  }

  @Test("is not told of under the kernel's memory model, where a store may come after kfree()")
  func weakMemory() throws {
    let file = try race(
      """
      C heap
      struct foo { int a; };
      { struct foo f; int done; }
      P0(struct foo *f, int *done) { WRITE_ONCE(f->a, 1); WRITE_ONCE(*done, 1); }
      P1(struct foo *f, int *done) { if (READ_ONCE(*done)) kfree(f); }
      """)
    var configuration = try Configuration(file.model)
    configuration.memoryModel = .tso
    #expect(try configuration.system().search().verdict == .holds)
    configuration.memoryModel = .lkmm
    #expect(throws: InputError.self) { try configuration.system() }
  }

  @Test("costs nothing where nothing is freed")
  func unused() throws {
    let text = "C t\n{ int x; int y; }\nP0(int *x) { *x = 1; }\nP1(int *y) { *y = 1; }"
    let freeing = text + "\nP2(int *x) { if (false) kfree(x); }"
    #expect(try states(text) == states(freeing))
  }
}
