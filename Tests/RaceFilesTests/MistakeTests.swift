import ModelChecking
import RaceFiles
import Testing

/// What a C programmer gets wrong, and what the message says to do.
@Suite("A mistake in a race file")
struct MistakeTests {
  /// A file with something in a function of an actor.
  private static func inActor(_ code: String) -> String {
    "C t\n{ int x; int y; spinlock_t l; struct page p; }\nP0(int *x, int *y, spinlock_t *l, struct page *p) {\n\(code)\n}"
  }

  /// A file with something outside functions.
  private static func outside(_ code: String) -> String {
    "C t\n\(code)\nP0(int *x) { WRITE_ONCE(*x, 1); }"
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let text: String
    /// Where the message begins, "3:5".
    let place: String
    let message: String
    var testDescription: String { message }
  }

  private static func actor(_ place: String, _ code: String, _ message: String) -> Case {
    Case(text: inActor(code), place: place, message: message)
  }

  private static func file(_ place: String, _ code: String, _ message: String) -> Case {
    Case(text: outside(code), place: place, message: message)
  }

  static let cases: [Case] = [
    // What a file can't be
    file(
      "2:21", "struct s { unsigned a : 1; };\n{ int x; }",
      "a bit-field is not understood: declare a flag word and its masks, or a variable of its own, "
        + "'int a in 0..1', where it shares no word"),
    file("2:7", "{ int x[1][1][1][1][1]; }", "'x' has more than 4 dimensions"),
    actor(
      "4:4004", "*x = 1" + String(repeating: " + 1", count: 1000) + ";",
      "an expression has more than 1000 operands"),
    file(
      "3:1", "{ int x; }\nassert(x == 1);",
      "'assert' is no property: 'always(\"...\", condition);' is what is always so, 'forall (condition)' what is so "
        + "at the end, and in a function stands 'BUG_ON(!condition);'"),
    file(
      "3:6", "{ int x; }\nvoid writer(int *q) { *q = 1; }",
      "nobody calls 'writer' or runs it, so nothing is shown of it: actors are called P0, P1 ..., as "
        + "'__name(\"writer\") P1(...)'; where it is only there to be read, 'static' says so"),
    // Types that are not there, and numbers that are too large
    file(
      "2:10", "{ int x; pte_t pte; }",
      "there is no type 'pte_t'; a page table has no bits here: say what the entry can be, 'enum entry { NONE, "
        + "PRESENT, SWAPPED };' and 'enum entry pte;'"),
    file(
      "3:1", "int x;\npmd_t pmd;",
      "there is no type 'pmd_t'; a page table has no bits here: say what the entry can be, 'enum entry { NONE, "
        + "PRESENT, SWAPPED };' and 'enum entry pte;'"),
    file(
      "2:24", "{ int x; unsigned long w; }\nP1(unsigned long *w) { set_bit(63, w); }",
      "'w' gets bit 63, at line 3, and numbers of 2^63 and more are not understood: use a lower bit"
    ),
    file(
      "2:14", "{ int x; int f; }\n__times(8) P1(int *f) { *f += *f + 1; }",
      "which values 'f' can have is not known: they are too many or too large, at line 3; say it where it is "
        + "declared, 'in 0..7'"),
    // Local variables
    actor(
      "4:1", "static int n; n = *x; *y = n;",
      "a 'static' variable of a function is one for all who call it: declare it outside the functions"
    ),
    actor(
      "4:28", "int a = 1; int b = 2; int *q = &a; q = &b; *y = *q;",
      "'q' points to the local variable 'a', and elsewhere to something else: a pointer to a local "
        + "variable points to one alone"),
    actor(
      "4:18", "int a = 1; *y = *(*x ? &a : y);",
      "this may point to a local variable: a pointer to one is followed as it was taken, '*p'"),
    // Names that nothing has
    file(
      "3:9", "{ int count; int x; }\nP1(int *cuont) { *cuont = 1; }",
      "there is no variable 'cuont': what actors share is declared outside the functions, or in the block '{ }' "
        + "at the top; did you mean 'count'?"),
    file(
      "3:1", "{ int x; }\nunreachable(\"WRITE_ONCE(*yellow, 1)\", \"why\");",
      "nothing here is called 'yellow'"),
    file(
      "3:1", "{ int x; }\nunreachable(\"x\", yes, of \"P7\", \"why\");",
      "there is no actor 'P7'; did you mean 'P0'?"),
    file(
      "3:1",
      "{ int x; }\nunreachable(\"WRITE_ONCE(*x, 1)\", in \"wirte\", \"why\");\nstatic void write(int *x) { }",
      "there is no function 'wirte'; did you mean 'write'?"),
    file(
      "3:1", "{ int x; }\nunreachable(\"WRITE_ONCE(*x, 1)\", at 9, \"why\");",
      "there is no line 9: the file has 4"),
    // Macros that declare something
    file(
      "2:8", "static LIST_HEAD(entries);",
      "'LIST_HEAD': lists are not understood: keep in a variable what is on the list"),
    file(
      "2:1", "DEFINE_MUTEXX(lock);",
      "'DEFINE_MUTEXX' declares nothing that is understood; did you mean 'DEFINE_MUTEX'?"),
    actor(
      "4:1", "free_irq(7);",
      "'free_irq': a handler comes once, whenever it may: let it begin with 'atomic(\"it is done under desc->lock\") { "
        + "await_or_rest(irq_on); irq_runs = true; }' and end with 'irq_runs = false;', and write here 'irq_on = false; "
        + "await_asleep(!irq_runs);'"),
    actor(
      "4:1", "wake_up_process(p);",
      "'wake_up_process': a thread is an actor: keep in a variable whether it is to stop, wake it by a wait queue, and "
        + "wait for its end with 'await_asleep(ended);'"),
    // Actors that nobody runs
    file(
      "2:6", "void P_1(int *x) { WRITE_ONCE(*x, 2); }",
      "nobody runs 'P_1': actors are called P0, P1 ...; this one would be P1"),
    file(
      "3:6", "void P_1(int *x);\nvoid P_1(int *x) { WRITE_ONCE(*x, 2); }",
      "nobody runs 'P_1': actors are called P0, P1 ...; this one would be P1"),
    file(
      "4:52",
      """
      { int x; struct rcu_head head; }
      static void cb(struct rcu_head *h) { BUG_ON(READ_ONCE(x) == 1); }
      P1(int *x, struct rcu_head *head) { call_rcu(head, cb); }
      """,
      "nobody calls 'cb' after its grace period: an actor does, as '__softirq P2(struct rcu_head *head) { "
        + "rcu_core(head, cb); }'"),
    file(
      "4:50",
      """
      { int x; struct work_struct w; }
      static void fn(struct work_struct *w) { WRITE_ONCE(x, 1); }
      P1(int *x, struct work_struct *w) { INIT_WORK(w, fn); schedule_work(w); }
      """,
      "nobody calls 'fn' once its work item is queued: an actor does, as 'P2(struct work_struct *work) { "
        + "worker_thread(work, fn); }'"),
    file(
      "4:51",
      """
      { int x; struct timer_list t; }
      static void fn(struct timer_list *t) { WRITE_ONCE(x, 1); }
      P1(int *x, struct timer_list *t) { timer_setup(t, fn, 0); mod_timer(t, jiffies); }
      """,
      "nobody calls 'fn' when its timer expires: an actor does, as '__softirq P2(struct timer_list *timer) { "
        + "run_timer_softirq(timer, fn); }'"),
    file(
      "2:13", "static void thread2(void) { }",
      "nobody runs 'thread2': actors are called P0, P1 ...; this one would be P1"),
    file(
      "3:6", "{ int x; }\nvoid reader(int *x) { int r = READ_ONCE(*x); }",
      "nobody calls 'reader' or runs it, so nothing is shown of it: actors are called P0, P1 ..., as "
        + "'__name(\"reader\") P1(...)'; where it is only there to be read, 'static' says so"),
    // Of its name are a member, a variable of a function, and what a pointer has.
    file(
      "4:6",
      """
      struct box { int reader; }; struct box b; int x;
      static void f(int *x) { int reader = *x; WRITE_ONCE(*x, reader + b.reader); }
      void reader(int *x) { f(x); }
      """,
      "nobody calls 'reader' or runs it, so nothing is shown of it: actors are called P0, P1 ..., as "
        + "'__name(\"reader\") P1(...)'; where it is only there to be read, 'static' says so"),
    file(
      "3:6", "{ int x; }\nvoid writer(void) { WRITE_ONCE(x, 2); }",
      "nobody calls 'writer' or runs it, so nothing is shown of it: actors are called P0, P1 ..., as "
        + "'__name(\"writer\") P1()'; where it is only there to be read, 'static' says so"),
    // Addresses
    actor(
      "4:7", "*y = ((unsigned long)x & 1);",
      "an address is no number here, and has no bits for a mark: keep the mark in a variable beside the pointer, "
        + "or let it point to an object that stands for the marked one"),
    // Properties
    file(
      "3:1", "{ int x; }\nnever(\"x is 1\", x == 1);",
      "a property is told by what holds: write 'always(\"...\", !(...))', with a sentence that says so"
    ),
    file(
      "4:37",
      "{ int x; }\nP1(int *x) { *x = 2; }\nalways(\"n\", all(i, 200, all(j, 200, any(k, 200, x == i + j + k))));",
      "properties go over more than 20000 cases, with 'all' and the like in one another"),
    // Words
    actor(
      "4:1", "get_page_unless_zer(p);",
      "there is no function 'get_page_unless_zer'; did you mean 'get_page_unless_zero'?"),
    actor("4:1", "z = 1;", "there is no variable 'z'; did you mean 'x'?"),
    actor(
      "4:1", "p->_recfount = 1;",
      "'struct page' has no member '_recfount'; did you mean '_refcount'?"),
    actor("4:1", "itn r;", "there is no type 'itn'; did you mean 'int'?"),
    actor("4:1", "goto oot; out: *x = 1;", "there is no label 'oot'; did you mean 'out'?"),
    actor("4:1", "p.lru = true;", "this is a pointer: '->lru'"),
    actor("4:1", "x->n = 1;", "'int' has no members"),
    // Signs
    actor("4:7", "*x = 1", "';' is missing after the statement, before '}'"),
    actor("4:19", "if (*x == 1 *y = 1;", "')' is missing after the condition of 'if', before ';'"),
    actor("4:8", "*x = 1 @ 2;", "'@' is no part of C"),
    actor("4:6", "*x = \"one\";", "a text is no value"),
    actor("4:6", "*x = ;", "an expression is missing before ';'"),
    actor("4:6", "*x = 99999999999;", "this is no number up to 2147483647"),
    actor(
      "4:5", "if (*x = 1) *y = 1;",
      "'=' stores a value; '==' compares: to store all the same, write '((a = b))'"),
    actor("4:1", "*x == 1;", "this statement does nothing: '=' stores, '==' compares"),
    actor("4:1", "*x++;", "only the pointer moves: '(*x)' is the value"),
    actor("4:1", "x = 3;", "'x' is a pointer, and 3 no address: '*x' is what it points to"),
    actor(
      "4:6", "if (!x) *y = 1;",
      "'x' is the address of a shared variable, and never NULL: '*x' is its value"),
    actor(
      "4:5", "if (x) *y = 1;",
      "'x' is the address of a shared variable, and never NULL: '*x' is its value"),
    // Types
    actor("4:12", "WRITE_ONCE(x, 1);", "'x' is a local variable: 'WRITE_ONCE' is for shared ones"),
    actor("4:11", "spin_lock(*l);", "'spin_lock' wants the address of the lock: '&*l'"),
    actor("4:11", "spin_lock(x);", "'spin_lock' wants a lock, and this is 'int *'"),
    actor("4:12", "mutex_lock(l);", "'mutex_lock' is for a struct mutex, and this is a spinlock_t"),
    actor("4:9", "int r = p->_refcount;", "this is an atomic_t: 'atomic_read(&p->_refcount)'"),
    actor("4:6", "*x = *p;", "a 'struct page' can't be copied: copy the members that matter"),
    actor("4:13", "int r = 0; *r = 1;", "this is no pointer but 'int'"),
    actor("4:12", "atomic_inc(*x);", "'atomic_inc(*x)' wants an address: '&*x'"),
    actor("4:1", "atomic_inc();", "'atomic_inc()' takes 1 argument, and here are 0"),
    actor("4:5", "int r; *x = r;", "'r' may be used before it has a value"),
    actor("4:9", "int r = 4 / 0;", "this divides by 0"),
    // What is C and not understood
    actor(
      "4:5", "int a[2];",
      "a local array is not understood: declare 'a' outside, or use several variables"),
    actor(
      "4:13", "struct page q;",
      "a local 'struct page' is not understood: declare 'q' outside the functions"),
    actor(
      "4:6", "*x = sizeof(int);",
      "'sizeof' is not understood: a race has no bytes, write the number"),
    actor(
      "4:6", "*x = kmalloc(1, 2);",
      "'kmalloc': nothing is allocated: declare the object outside the functions; kfree() ends its life"
    ),
    actor(
      "4:1", "list_del(x);",
      "'list_del': lists are not understood: keep in a variable what is on the list"),
    actor(
      "4:12", "queue_work(x, y);",
      "'queue_work' wants a 'struct workqueue_struct *', and this is 'int *'"),
    actor(
      "4:1", "queue_delayed_work(x, y, 1);",
      "'queue_delayed_work': of work items there is queue_work(), flush_work(), cancel_work_sync() and "
        + "worker_thread(); any time may pass until one runs, so a delayed one is no other"),
    actor(
      "4:1", "worker_thread(x);",
      "'worker_thread' wants what is called, and its function: 'worker_thread(&work, function)'"),
    actor(
      "4:7", "kfree(l);",
      "nothing that can be freed is a 'spinlock_t': what is freed is declared outside functions"),
    actor("4:7", "kfree(*x);", "'kfree' wants a pointer, and this is 'int'"),
    actor(
      "4:30", "container_of(p, struct page, recfount);", "'struct page' has no member 'recfount'"),
    actor(
      "4:12", "wait_event(*x, *y);",
      "'wait_event' wants a wait queue, and this is 'int': 'wait_queue_head_t q;', or without one 'await(condition)'"
    ),
    actor(
      "4:1", "printf(x);",
      "'printf': nothing is printed: the trace shows every value; printk() and pr_info() are passed over"
    ),
    actor(
      "4:1", "pthread_mutex_lock(x);",
      "'pthread_mutex_lock': actors are the functions P0, P1 ..., and locks the kernel's"),
    actor(
      "4:16", "srcu_read_lock(x);",
      "'srcu_read_lock' wants a 'struct srcu_struct *', and this is 'int *'"),
    actor(
      "4:1", "call_rcu(x, y);",
      "'call_rcu' wants a callback and its function: 'call_rcu(&x->rcu, function)'"),
    actor(
      "4:1", "rcu_barrier();",
      "'rcu_barrier': wait for each callback that there is: 'await_asleep(!x.rcu.pending)'"),
    actor(
      "4:21", "wait_for_completion(x);",
      "'wait_for_completion' wants a 'struct completion *', and this is 'int *'"),
    actor(
      "4:1", "assert(*x);",
      "'assert': write 'BUG_ON(!condition)', or 'always(\"...\", condition)' outside functions"),
    actor(
      "4:1", "msleep(1);",
      "'msleep': time is not understood: others may come in between at any step, also without 'msleep'"
    ),
    actor("4:1", "asm(\"mfence\");", "assembler is not understood: write what it does in C"),
    actor("4:1", "float f;", "'float' is not understood: a race counts in integers"),
    actor(
      "4:22", "switch (*x) { case 1 ... 3: *y = 1; }",
      "'case a ... b' is not understood: write a case for each value"),
    file(
      "2:1", "union u { int a; };",
      "a union is not understood: declare the member that the race uses"),
    file(
      "2:5", "int (*f)(int);",
      "a pointer to a function is not understood: call the function, or choose by 'switch'"),
    file(
      "2:1", "#define MAX(a) (a)",
      "'MAX' is a macro with arguments: write a 'static inline' function"),
    file(
      "2:15", "struct item { struct list_head list; };",
      "there is no 'struct list_head'; lists are not understood: keep in a variable what is on the list"
    ),
    // Functions
    file(
      "2:30", "static int f(int n) { return f(n); }",
      "'f' calls itself: a function is put in where it is called, so write a loop"),
    file("2:12", "static int f(void) { }", "'f' returns int, and has no 'return' with a value"),
    file("2:23", "static void f(void) { return 1; }", "'f' is void and returns a value"),
    file(
      "2:30", "static void f(void) { int x; break; }",
      "this 'break' stands in no loop and no switch"),
    file("2:23", "static void f(void) { else ; }", "this 'else' belongs to no 'if'"),
    // Pieces, variants, properties
    file(
      "3:1", "piece HOOK \"hook\";\n#ifdef HOKO\n#endif",
      "there is no piece 'HOKO'; did you mean 'HOOK'?; declare it: piece HOKO \"what it does\";"),
    file("2:1", "#ifdef CONFIG_SMP", "this has no '#endif'"),
    file("2:1", "#endif", "this '#endif' belongs to no '#ifdef'"),
    file("2:12", "variant a: HOOK; expect holds;", "there is no piece 'HOOK'"),
    file(
      "2:21", "variant a: ; expect hold;",
      "'hold' can't be expected; did you mean 'holds'?; there is: holds, assertion-failed, avoidable, data-race, deadlock, faulted, goal-unreachable, lock-misused, not-inevitable, stuck, violated"
    ),
    file(
      "2:9", "variant a: ; ",
      "what 'a' must find is missing: 'expect holds' or 'expect violated in 5'"),
    file("2:22", "always(\"x is small\", z < 2);", "there is no variable 'z'; did you mean 'x'?"),
    file(
      "2:8", "always(x < 2);",
      "the property in words is missing before 'x': write it between quotes"),
    file(
      "2:7", "bound N = 5, in 1..4 \"n\";", "the value 5 of bound 'N' is outside its range 1..4"),
    file(
      "3:1", "void main() { }\nalwys(\"x\", 1);",
      "'alwys' has no type before it: 'void alwys(...)'; actors are called P0, P1 ..."),
    // Memory
    file(
      "4:14", "{ int x = 5; }\n{ int a[2]; }\nP1(int *a) { a[2] = 1; }",
      "the array has 2 elements, 0 to 1, and no 2"),
    file("2:7", "{ int y in 0..2 = 3; }", "'y' begins with 3, which is outside its range 0..2"),
    file(
      "2:7", "{ int n; int x; }\nP1(int *n) { for (;;) *n = *n + 1; }",
      "which values 'n' can have is not known: it grows in a loop, at line 3; say it where it is declared, 'in 0..7'"
    ),
    file("2:3", "{ foo *y; }", "there is no type 'foo'"),
    Case(
      text: "C t\n{ int x; }", place: "1:1",
      message: "nobody acts: a race has functions P0, P1 ... that run at the same time"),
    Case(
      text: "C t\nP0(int x) { }", place: "2:8",
      message: "a parameter of an actor is a pointer to the shared variable of its name: 'int *x'"),
    Case(
      text: "PPC t\n{ 0:r1=x; }\n P0 ;", place: "1:1",
      message: "a race is written in C: its first line is 'C NAME', not 'PPC'"),
    actor(
      "4:7", "await(*x && *y);",
      "this waits for several variables at once, which takes several accesses: wait for one, or write 'atomic(\"why nobody comes in between\") { await(...); ... }'"
    ),
    actor(
      "4:8", "atomic(\"so\") { *x = 1; }", "the reason must be a sentence that a reader can judge"),
    actor(
      "4:1", "atomic { *x = 1; }",
      "why nobody sees the middle is missing: 'atomic(\"a reason\")', 'atomic(holding &lock)' or 'atomic(taking &lock)'"
    ),
    actor(
      "4:37", "atomic(\"nobody comes in between\") { claim(\"x\", 1); *x = 1; }",
      "a claim stands before an atomic block, or outside"),
    file(
      "2:13", "{ ghost int g[2]; }",
      "a ghost is a single variable, or a single member of a structure: for several, declare an array of a "
        + "structure that has one, 'struct book { ghost int g; }; struct book books[2];'"),
    file(
      "2:3", "{ strct s { int a; }; int x; }", "there is no 'strct'; did you mean 'struct'?"),
    file(
      "2:1", "strcut s { int a; };\nstruct s s;", "there is no 'strcut'; did you mean 'struct'?"),
    actor(
      "4:27", "prepare_to_wait(q, &wait, TASK_RUNNING);",
      "who prepares to wait is not running: 'TASK_UNINTERRUPTIBLE' or 'TASK_INTERRUPTIBLE'"),
    file(
      "2:30", "variant a: ; expect holds on arm64;",
      "'arm64' is no memory model here; 'lkmm' stands for it"),
    // Locks that scopes hold
    actor(
      "4:1", "guard(mutx)(l);",
      "the guard 'mutx' is not known; did you mean 'mutex'?; write the lock's own functions, and give it back "
        + "on each way out"),
    actor(
      "4:1", "goto inside; { guard(spinlock)(l); inside: *x = 1; }",
      "this 'goto' comes to where a guard holds a lock that is not taken on the way: take it by the lock's own "
        + "functions, or let the label stand outside"),
    actor(
      "4:1", "scoped_cond_guard(mutex_try, return, l) { }",
      "'scoped_cond_guard' is not understood: ask the lock's own function, 'if (mutex_trylock(&lock))'"
    ),
    file(
      "3:17", "{ ghost int g; }\nP1() { int *p = &g; *p = 1; }",
      "a ghost only keeps books, and has no address"),
    file(
      "3:16", "{ ghost int g; }\nP1() { int r = g; }",
      "'g' only keeps books: properties, claims and what is stored in ghosts can look at it"),
  ]

  @Test("is told with its place, and what to do", arguments: cases)
  func messages(_ test: Case) {
    let lines = mistakes(in: test.text)
    let wanted = "test.race:\(test.place): \(test.message)"
    #expect(lines.contains(wanted), "\(lines.joined(separator: "\n"))")
  }

  @Test("is shown in its line, with a caret under it, and all of a file are told at once")
  func excerpts() throws {
    #expect(
      mistakes(in: "C t\n{ int x; }\nP0(int *x)\n{\n\tWRITE_ONCE(*x, y);\n\tspin_lok(x);\n}\n") == [
        "test.race:5:17: there is no variable 'y'; did you mean 'x'?", "WRITE_ONCE(*x, y);", "^",
        "test.race:6:2: there is no function 'spin_lok'; did you mean 'spin_lock'?", "spin_lok(x);",
        "^~~~~~~~~~~",
      ])
  }

  @Test("is counted where there are very many, and the rest is not shown")
  func many() {
    let functions = (0..<800).map { "static void function_number_\($0)(int *x) { *x = \($0); }" }
    let calls = (0..<400).map { "funtcion_number_\($0)(x);" }
    let lines = mistakes(
      in: "C t\n{ int x; }\n\(functions.joined(separator: "\n"))\nP0(int *x) {\n"
        + calls.joined(separator: "\n") + "\n}\n")
    #expect(
      lines.first
        == "test.race:804:1: there is no function 'funtcion_number_0'; did you mean 'function_number_0'?"
    )
    #expect(lines.count == 61)
    #expect(lines.last == "and 380 more like these")
  }

  @Test("is none in a function that only some pieces call, or that is there to be read")
  func uncalled() {
    #expect(
      mistakes(
        in: """
          C t
          { int x; }
          piece HOOK "hook";
          void write(int *x) { WRITE_ONCE(*x, 2); }
          bool is_sound(void) { return true; }
          static void old(int *x) { WRITE_ONCE(*x, 3); }
          static void put_x(int *page) { WRITE_ONCE(*page, 3); }
          P0(int *x) {
          #ifndef HOOK
            write(x);
            if (is_sound()) *x = 4;
          #endif
          }
          """) == [])
  }

  @Test("is none in a macro that declares something, 'static' or not")
  func macros() {
    #expect(
      mistakes(
        in: """
          C t
          { int x; static DEFINE_MUTEX(m); }
          static DEFINE_SPINLOCK(l);
          static DEFINE_PER_CPU(int, n);
          P0(int *x) {
            mutex_lock(&m);
            spin_lock(&l);
            *x = 1;
            this_cpu_write(n, 1);
            spin_unlock(&l);
            mutex_unlock(&m);
          }
          """) == [])
  }

  @Test("is cut where it would fill a page")
  func longMessage() {
    let name = String(repeating: "n", count: 5_000)
    let lines = mistakes(in: "C t\n{ int x; }\nP0(int *x) { \(name)(x); }\n")
    #expect(lines.allSatisfy { $0.count < 500 })
  }
}
