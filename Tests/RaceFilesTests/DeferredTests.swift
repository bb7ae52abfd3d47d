import KernelPages
import ModelChecking
import RaceFiles
import TestSupport
import Testing

@Suite("What is called later, and who waits for it, in a race file")
struct DeferredTests {
  /// Holds a race file against the same actors in Swift: the same steps.
  private func compare(
    _ text: String, at location: SourceLocation = #_sourceLocation,
    _ declare: (SystemBuilder) -> Void
  ) throws {
    let swift = try System(declare).search()
    let configuration = try Configuration(race("C t\n" + text).model)
    let system = try configuration.system()
    let race = try system.search()
    #expect(race.verdict.name == swift.verdict.name, sourceLocation: location)
    #expect(
      race.findings.map(\.trace.steps.count) == swift.findings.map(\.trace.steps.count),
      sourceLocation: location)
    #expect(race.statistics.states == swift.statistics.states, sourceLocation: location)
    #expect(race.statistics.transitions == swift.statistics.transitions, sourceLocation: location)
    #expect(checkFootprints(of: system, mostStates: 60) == [], sourceLocation: location)
  }

  @Test("work items: flush_work(), cancel_work(), cancel_work_sync(), a work that queues itself")
  func workItems() throws {
    let stops = [
      "queue_work(system_wq, w);", "flush_work(w);", "cancel_work(w);", "cancel_work_sync(w);",
      "disable_work_sync(w); enable_work(w);",
    ]
    for (number, stop) in stops.enumerated() {
      try compare(
        """
        { struct work_struct w; int used; bool freed; }
        static void use(struct work_struct *work) { BUG_ON(READ_ONCE(freed)); schedule_work(work); }
        P0(struct work_struct *w, bool *freed) { schedule_work(w); \(stop) *freed = true; }
        P1(struct work_struct *w) { worker_thread(w, use); }
        """
      ) { b in
        let work = WorkItem("work", in: b)
        let freed = b.field("freed", .flag, initially: false)
        b.actor("owner", on: b.cpu()) { _ in
          queueWork(work)
          switch number {
          case 0: queueWork(work)
          case 1: flushWork(work)
          case 2: cancelWork(work)
          case 3: cancelWorkSync(work)
          default:
            disableWorkSync(work)
            enableWork(work)
          }
          Step("free", .store(freed)) { true }
        }
        b.actor("kworker", on: b.cpu()) { _ in
          workerThread(work) {
            Step("use", .load(freed)).bugOn("freed") { s in s[freed] }
            queueWork(work)
          }
        }
      }
    }
  }

  @Test("timers: a deletion that doesn't wait, one that does, a shutdown")
  func timers() throws {
    for (number, stop) in ["timer_delete", "timer_delete_sync", "timer_shutdown_sync"].enumerated()
    {
      try compare(
        """
        { struct timer_list t; bool freed; }
        static void expire(struct timer_list *t) { BUG_ON(READ_ONCE(freed)); mod_timer(t, jiffies + HZ); }
        P0(struct timer_list *t, bool *freed) { mod_timer(t, jiffies + 2 * HZ); \(stop)(t); *freed = true; }
        __softirq P1(struct timer_list *t) { run_timer_softirq(t, expire); }
        """
      ) { b in
        let timer = TimerList("timer", in: b)
        let freed = b.field("freed", .flag, initially: false)
        b.actor("owner", on: b.cpu()) { _ in
          modTimer(timer)
          switch number {
          case 0: timerDelete(timer)
          case 1: timerDeleteSync(timer)
          default: timerShutdownSync(timer)
          }
          Step("free", .store(freed)) { true }
        }
        b.actor("softirq", on: b.cpu(), .softirq) { _ in
          runTimer(timer) {
            Step("use", .load(freed)).bugOn("freed") { s in s[freed] }
            modTimer(timer)
          }
        }
      }
    }
  }

  @Test("completions and seqcounts")
  func completions() throws {
    try compare(
      """
      { struct completion x; seqcount_t s; int a; }
      P0(struct completion *x, seqcount_t *s, int *a) {
        write_seqcount_begin(s); *a = 1; write_seqcount_end(s); complete(x);
      }
      P1(seqcount_t *s, int *a) {
        unsigned seq;
        do { seq = read_seqcount_begin(s); READ_ONCE(*a); } while (read_seqcount_retry(s, seq));
      }
      P2(struct completion *x) { wait_for_completion(x); complete_all(x); try_wait_for_completion(x); }
      """
    ) { b in
      let x = Completion("x", in: b)
      let s = Seqcount("s", in: b)
      let a = b.field("a", .flag, initially: false)
      b.actor("writer", on: b.cpu()) { _ in
        writeSeqcountBegin(s)
        Step("store", .store(a)) { true }
        writeSeqcountEnd(s)
        complete(x)
      }
      b.actor("reader", on: b.cpu()) { _ in
        Loop {
          readSeqcountBegin(s)
          Step("load", .load(a))
          If(!readSeqcountRetry(s)) { Break() }
        }
      }
      b.actor("waiter", on: b.cpu()) { _ in
        waitForCompletion(x)
        completeAll(x)
        tryWaitForCompletion(x)
      }
    }
  }

  @Test("a seqcount's reader sees nothing torn, as long as it tries again")
  func torn() throws {
    for (condition, name) in [
      ("read_seqcount_retry(s, seq)", "holds"), ("false", "assertion failed"),
    ] {
      let text = """
        C torn
        { seqcount_t s; int a; int b; }
        P0(seqcount_t *s, int *a, int *b) { write_seqcount_begin(s); *a = 1; *b = 1; write_seqcount_end(s); }
        P1(seqcount_t *s, int *a, int *b) {
          unsigned seq; int ra, rb;
          do { seq = read_seqcount_begin(s); ra = *a; rb = *b; } while (\(condition));
          BUG_ON(ra != rb);
        }
        """
      #expect(try outcome(of: race(text)).verdict.name == name)
    }
  }

  @Test(
    "each variable that gets the start of a read section knows its own",
    arguments: [
      "s1 = read_seqcount_begin(s); ra = *a; s2 = read_seqcount_begin(s);",
      "s1 = begin(s); ra = *a; s2 = begin(s);",
      "s1 = read_seqcount_begin(s); ra = *a; s2 = begin(s);",
      "s1 = raw_seqcount_begin(s); ra = *a; unsigned again = begin(s); s2 = again;",
    ])
  func starts(beginning: String) throws {
    func verdict(_ asked: String) throws -> String {
      try outcome(
        of: race(
          """
          C starts
          { seqcount_t s; int a; int b; int x; }
          static unsigned begin(seqcount_t *s) { return read_seqcount_begin(s); }
          P0(seqcount_t *s, int *a, int *b) { write_seqcount_begin(s); *a = 1; *b = 1; write_seqcount_end(s); }
          P1(seqcount_t *s, int *a, int *b, int *x) {
            unsigned s1, s2; int ra, rb;
            \(beginning)
            rb = *b;
            if (!read_seqcount_retry(s, \(asked))) BUG_ON(ra != rb);
            if (!read_seqcount_retry(s, s2)) *x = 1;
            begin(s);
          }
          """)
      ).verdict.name
    }
    #expect(try verdict("s1") == "holds")
    // What was read before it began is not of the second section.
    #expect(try verdict("s2") == "assertion failed")
  }

  @Test(
    "the start of a read section is compared with nothing",
    arguments: ["s1 == s2", "s1 != 0", "s2 < s1 + 1", "(s1 & 1) && s1 == s2"])
  func comparedStarts(condition: String) {
    let lines = mistakes(
      in: """
        C compared
        { seqcount_t s; int x; }
        P0(seqcount_t *s) { write_seqcount_begin(s); write_seqcount_end(s); }
        P1(seqcount_t *s, int *x) {
          unsigned s1 = read_seqcount_begin(s);
          unsigned s2 = read_seqcount_begin(s);
          if (\(condition)) *x = 1;
        }
        """)
    #expect(lines.first?.contains("the start of a read section is compared") == true, "\(lines)")
  }

  @Test(
    "a second writer of a seqcount is found, and none that a lock keeps out",
    arguments: [
      ("seqcount_t", "write_seqcount_begin(s); *a = 1; write_seqcount_end(s);", false),
      ("seqcount_spinlock_t", "write_seqcount_begin(s); *a = 1; write_seqcount_end(s);", false),
      (
        "seqcount_t",
        "spin_lock(l); write_seqcount_begin(s); *a = 1; write_seqcount_end(s); spin_unlock(l);",
        true
      ),
      ("seqlock_t", "write_seqlock(s); *a = 1; write_sequnlock(s);", true),
    ])
  func writers(type: String, write: String, isRight: Bool) throws {
    func verdict(_ other: String) throws -> Verdict {
      try outcome(
        of: race(
          """
          C writers
          { \(type) s; spinlock_t l; int a; }
          P0(\(type) *s, spinlock_t *l, int *a) { \(write) }
          P1(\(type) *s, spinlock_t *l, int *a) { \(other) }
          """)
      ).verdict
    }
    let two = Verdict.found(.assertionFailed, property: "two writers of a seqcount at a time")
    #expect(try verdict(write) == (isRight ? .holds : two))
    if !isRight { #expect(try verdict("write_seqcount_invalidate(s);") == two) }
  }

  @Test(
    "wake_up_interruptible() wakes who sleeps so that a signal would wake it, and nobody else",
    arguments: [
      ("prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE)", "wake_up_interruptible", true),
      ("prepare_to_wait(wq, &wait, TASK_UNINTERRUPTIBLE)", "wake_up_interruptible", false),
      ("prepare_to_wait(wq)", "wake_up_interruptible", false),
      ("prepare_to_wait(wq)", "wake_up", true),
      ("prepare_to_wait(wq, &wait, TASK_IDLE)", "wake_up_all", true),
    ])
  func interruptible(prepare: String, wake: String, isWoken: Bool) throws {
    let outcome = try outcome(
      of: race(
        """
        C waiting
        { wait_queue_head_t wq; bool x; }
        P0(wait_queue_head_t *wq, bool *x) {
          DEFINE_WAIT(wait);
          \(prepare);
          if (!READ_ONCE(*x)) schedule();
          finish_wait(wq, &wait);
        }
        P1(wait_queue_head_t *wq, bool *x) { WRITE_ONCE(*x, true); \(wake)(wq); }
        """))
    #expect((outcome.verdict == .holds) == isWoken, "\(outcome.verdict)")
  }

  @Test(
    "a wait ends with its condition, or by a signal or time that may come whenever it sleeps",
    arguments: [
      (
        "wait_event_interruptible(*wq, READ_ONCE(*x))", "wake_up_interruptible(wq);", ["0", "-512"]
      ),
      ("wait_event_killable(*wq, READ_ONCE(*x))", "wake_up(wq);", ["0", "-512"]),
      ("wait_event_timeout(*wq, READ_ONCE(*x), HZ)", "wake_up(wq);", ["1", "0"]),
      ("wait_event_timeout(*wq, READ_ONCE(*x), HZ)", "", ["1", "0"]),
      ("wait_event_killable(*wq, READ_ONCE(*x))", "wake_up_interruptible(wq);", nil),
    ])
  func endsOfWaits(wait: String, wake: String, answers: [String]?) throws {
    let file = try race(
      """
      C waiting
      { wait_queue_head_t wq; bool x; int r = 7; }
      P0(wait_queue_head_t *wq, bool *x, int *r) { int s = \(wait); *r = s; }
      P1(wait_queue_head_t *wq, bool *x) { WRITE_ONCE(*x, true); \(wake) }
      \((answers ?? []).map { "reachable(\"it is \($0)\", r == \($0));" }.joined(separator: "\n"))
      always("it is no other", r == 7 || r == -512 || r == 0 || r == 1);
      """)
    let outcome = try outcome(of: file)
    #expect((outcome.verdict == .holds) == (answers != nil), "\(outcome.verdict)")
    #expect(outcome.goals.allSatisfy { $0.steps != nil } || answers == nil)
  }

  @Test("wait queues: who is woken before it sleeps sleeps on, without a check in between")
  func waitQueues() throws {
    // As the kernel writes it, with the entry and the state, and without them.
    let kernels =
      "prepare_to_wait(wq, &wait, TASK_INTERRUPTIBLE); schedule(); finish_wait(wq, &wait);"
    for (isChecked, asleep) in [
      (true, ""), (false, "prepare_to_wait(wq); schedule(); finish_wait(wq);"), (false, kernels),
    ] {
      let wait =
        isChecked
        ? "wait_event(*wq, READ_ONCE(*x));" : "DEFINE_WAIT(wait); if (!READ_ONCE(*x)) { \(asleep) }"
      try compare(
        """
        { wait_queue_head_t wq; bool x; }
        P0(wait_queue_head_t *wq, bool *x) { \(wait) }
        P1(wait_queue_head_t *wq, bool *x) { *x = true; if (waitqueue_active(wq)) wake_up(wq); }
        """
      ) { b in
        let queue = WaitQueue("wq", in: b)
        let x = b.field("x", .flag, initially: false)
        let isSo = Condition("x", .load(x)) { $0 }
        b.actor("waiter", on: b.cpu()) { _ in
          if isChecked {
            waitEvent(queue, isSo)
          } else {
            If(!isSo) {
              prepareToWait(queue)
              schedule(queue.tasks)
              finishWait(queue)
            }
          }
        }
        b.actor("waker", on: b.cpu()) { _ in
          Step("x = true", .store(x)) { true }
          If(waitqueueActive(queue)) { wakeUp(queue) }
        }
      }
    }
  }

  @Test("SRCU: a grace period waits for the readers of its own domain, who may sleep")
  func srcu() throws {
    for (domain, name) in [("s", "holds"), ("t", "violated")] {
      let text = """
        C srcu
        { struct srcu_struct s; struct srcu_struct t; struct mutex m; int x; ghost bool freed; }
        P0(struct srcu_struct *s, int *x, struct mutex *m) {
          int idx = srcu_read_lock(s);
          if (READ_ONCE(*x) == 0) { mutex_lock(m); claim("nobody uses what is freed", !freed); mutex_unlock(m); }
          srcu_read_unlock(s, idx);
        }
        P1(struct srcu_struct *\(domain), int *x) { *x = 1; synchronize_srcu(\(domain)); freed = true; }
        """
      #expect(try outcome(of: race(text)).verdict.name == name)
    }
  }

  @Test("what stands for more than one variable is refused under total store order")
  func memoryModel() throws {
    let file = try race(
      """
      C tso
      { struct completion x; int a; }
      P0(struct completion *x, int *a) { *a = 1; complete(x); }
      P1(struct completion *x, int *a) { wait_for_completion(x); BUG_ON(*a != 1); }
      """)
    var configuration = try Configuration(file.model)
    configuration.memoryModel = .tso
    do throws(InputError) {
      _ = try configuration.system()
      Issue.record("it is searched under total store order")
    } catch {
      #expect(error.lines.joined().contains("x.done"))
    }
  }

  @Test("waitqueue_active() is refused where stores are seen late, with what to write")
  func activeLate() throws {
    let file = try race(
      """
      C wake
      { wait_queue_head_t wq; int x; }
      P0(wait_queue_head_t *wq, int *x) { wait_event(*wq, READ_ONCE(*x)); }
      P1(wait_queue_head_t *wq, int *x) { *x = 1; if (waitqueue_active(wq)) wake_up(wq); }
      """)
    var configuration = try Configuration(file.model)
    configuration.memoryModel = .lkmm
    let error = #expect(throws: InputError.self) { try configuration.system() }
    #expect(
      error?.message.contains("write the list of 'waitqueue_active()' as a variable") ?? false)
  }

  @Test("locks of the kernel's own are there where they are used")
  func kernelLocks() throws {
    let outcome = try outcome(
      of: race(
        """
        C locks
        { int online = 1; int x; }
        P0(int *online) { get_online_mems(); claim("it is not offline halfway", online != 2); put_online_mems(); }
        P1(int *online) { mem_hotplug_begin(); *online = 2; *online = 0; mem_hotplug_done(); }
        P2(int *x) { page_offline_freeze(); *x = 1; page_offline_thaw(); }
        P3(int *x) { page_offline_begin(); *x = 2; *x = 3; page_offline_end(); }
        """))
    #expect(outcome.verdict == .holds)
    #expect(
      mistakes(
        in:
          "C t\n{ int x; }\nP0(int *x) { mutex_lock(&pcp_batch_high_lock); *x = 1; mutex_unlock(&pcp_batch_high_lock); }"
      ) == [])
  }
}
