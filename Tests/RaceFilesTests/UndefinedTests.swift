import ModelChecking
import RaceFiles
import TestSupport
import Testing

@Suite("What C leaves undefined ends the search, in its words and with its line")
struct UndefinedTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let code: String
    let found: String
    var testDescription: String { code }
  }

  static let cases: [Case] = [
    Case(
      code: "struct item *q = READ_ONCE(*p); WRITE_ONCE(q->n, 1);",
      found: "a NULL pointer is followed at line 4: q"),
    Case(
      code: "int r = READ_ONCE(*x); *y = 10 / r;",
      found: "something is divided by 0 at line 4: 10 / r"),
    Case(
      code: "int r = READ_ONCE(*x); r %= r; *y = r;",
      found: "something is divided by 0 at line 4: r %= r"),
    Case(
      code: "int r = READ_ONCE(*x) + 32; *y = 1 << r;",
      found:
        "a number of 32 bits is shifted by 32 or more, or by less than 0 at line 4: 1 << r"),
    Case(
      code: "int r = READ_ONCE(*x) - 1; *y = 4UL >> r;",
      found:
        "a number of 64 bits is shifted by 64 or more, or by less than 0 at line 4: 4UL >> r"),
    Case(
      code: "int r = READ_ONCE(*x) + 2; w[r] = 1;",
      found: "an array of 2 has no such element at line 4: w[r]"),
    Case(
      code: "int r = READ_ONCE(*x) - 1; a[r].n = 1;",
      found: "a pointer is moved out of what it points into at line 4: a[r]"),
    Case(
      code: "struct item *q = &a[1]; q++; *y = q->n;",
      found: "a pointer is followed to where nothing is, as behind the last element of an array"),
    Case(
      code: "struct item *q = &a[0]; q += 2; q++; *y = q->n;",
      found: "a pointer is moved out of what it points into at line 4: q++"),
    Case(
      code: "struct item *q = &a[2]; *y = q->n;",
      found: "a pointer is followed to where nothing is, as behind the last element of an array"),
    Case(
      code: "int r = READ_ONCE(*x) + 3; int *q = &w[r]; *q = 1;",
      found: "an array of 3 has no such element at line 4: w[r]"),
    Case(
      code: "int *q = y; q++; *q = 1;",
      found: "a pointer is moved out of what it points into at line 4: q++"),
    Case(
      code: "int *q = x; q[1] = 1;",
      found: "a pointer is moved out of what it points into at line 4: q[1]"),
    // Where a question about local variables is what is undefined.
    Case(
      code: "int r = READ_ONCE(*x); spin_lock(l); if (10 / r) *y = 1; spin_unlock(l);",
      found: "something is divided by 0 at line 4: 10 / r"),
    Case(
      code: "int r = READ_ONCE(*x); BUG_ON(10 / r > 10);",
      found: "something is divided by 0 at line 4: 10 / r"),
    Case(
      code: "atomic(\"nobody comes in between\") { await(10 / *x); *y = 1; }",
      found: "something is divided by 0 at line 4: 10 / *x"),
  ]

  private func text(_ code: String) -> String {
    """
    C undefined
    struct item { int n; int m; };
    { int x; int y; struct item a[2]; int z; int w[2]; struct item *p; spinlock_t l; }
    P0(int *x, int *y, struct item *a, struct item **p, spinlock_t *l) { \(code) }
    """
  }

  @Test("is a fault", arguments: cases)
  func faults(_ test: Case) throws {
    let file = try race(text(test.code))
    #expect(try outcome(of: file).verdict == .found(.faulted, property: test.found))
  }

  @Test("and not what is defined: the place behind the last element, in a loop")
  func loop() throws {
    let file = try race(
      """
      C loop
      struct item { int n; int m; };
      { struct item a[3] = { { 1 }, { 2 }, { 4 } }; struct item *end = &a[3]; int sum; int after = 9; }
      P0(struct item *a, struct item **end, int *sum) {
        struct item *p;
        int s = 0;
        for (p = a; p < &a[3]; p++) s += p->n;
        p -= 3;
        s += p[2].n + (int)(&a[2] - p);
        *sum = *end == p + 3 ? s : 0;
      }
      forall (sum=13)
      """)
    #expect(try outcome(of: file).verdict == .holds)
    #expect(try file.observed().answer == .always)
  }

  @Test("a property that is undefined is not true")
  func properties() throws {
    let file = try race(
      """
      C property
      { int x = 1; }
      P0(int *x) { *x = 0; }
      always("ten is divided", 10 / x > 0, when 10 / x > 1);
      """)
    #expect(try outcome(of: file).verdict.name == "violated")
  }
}

@Suite("Numbers of a race file")
struct NumberTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let code: String
    let result: String
    var testDescription: String { code }
  }

  /// What a C compiler for 64 bits makes of it; `zero` is 0 and nobody knows.
  static let cases: [Case] = [
    Case(code: "u8 n = zero + 255; n++; *out = n;", result: "0"),
    Case(code: "u8 n = zero; n--; *out = n;", result: "255"),
    Case(code: "u8 n = zero + 255; *out = n + 1;", result: "256"),
    Case(code: "s8 n = zero + 127; n += 1; *out = n;", result: "-128"),
    Case(code: "u16 n = zero - 1; *out = n;", result: "65535"),
    Case(code: "short n = zero + 40000; *out = n;", result: "-25536"),
    Case(code: "unsigned head = zero, tail = 1; *out = head - tail < 4;", result: "0"),
    Case(code: "int head = zero, tail = 1; *out = head - tail < 4;", result: "1"),
    Case(code: "unsigned head = zero, tail = 1; *out = (int)(head - tail);", result: "-1"),
    Case(code: "unsigned head = zero, tail = 1; int d = head - tail; *out = d;", result: "-1"),
    Case(code: "unsigned one = zero + 1; *out = -1 < one;", result: "0"),
    Case(code: "u8 one = zero + 1; *out = -1 < one;", result: "1"),
    Case(code: "unsigned long n = zero; *out = n - 1 > 5;", result: "1"),
    Case(code: "long n = zero; *out = n - 1 > 5;", result: "0"),
    Case(code: "u64 n = zero; u64 m = n - 1; *out = m == ~0UL;", result: "1"),
    Case(code: "unsigned n = zero; *out = n - 1 == ~0U;", result: "1"),
    Case(code: "unsigned n = zero; *out = ~n & 0xf;", result: "15"),
    Case(code: "unsigned n = zero; n -= 1; *out = n * n;", result: "1"),
    Case(code: "unsigned long n = zero + 1; n = n << 40; *out = n * n == 0;", result: "1"),
    Case(code: "unsigned n = zero + 1; *out = n << 31 >> 31;", result: "1"),
    Case(code: "unsigned n = zero + 3; *out = n << 31 == 1u << 31;", result: "1"),
    Case(code: "int n = zero - 8; *out = n >> 1;", result: "-4"),
    Case(code: "int n = zero + 2147483647; n++; *out = n;", result: "-2147483648"),
    Case(code: "int n = zero + 2147483647; *out = n + 1 < n;", result: "1"),
    Case(code: "int n = zero - 2147483647; *out = n - 2;", result: "2147483647"),
    Case(code: "int n = zero - 2147483647 - 1; *out = -n;", result: "-2147483648"),
    Case(code: "int n = zero + 65536; *out = n * n;", result: "0"),
    Case(code: "int n = zero + 3; *out = n << 30;", result: "-1073741824"),
    Case(code: "long n = zero + 2147483647; n++; *out = n > 2147483647;", result: "1"),
    Case(code: "bool b = zero + 2; *out = b;", result: "1"),
    Case(code: "unsigned n = zero; n -= 1; *out = n % 10;", result: "5"),
    Case(code: "unsigned n = zero; switch (n - 1) { case -1: *out = 7; }", result: "7"),
    Case(code: "unsigned n = zero; *out = (zero ? n : -1) > 0;", result: "1"),
    Case(code: "WRITE_ONCE(*byte, 300); *out = READ_ONCE(*byte);", result: "44"),
    Case(code: "*out = xchg(byte, 256 + 7) + READ_ONCE(*byte);", result: "7"),
    Case(code: "*out = cmpxchg(byte, 256, 9) + READ_ONCE(*byte);", result: "9"),
  ]

  @Test("wrap as C's do", arguments: cases)
  func numbers(_ test: Case) throws {
    let file = try race(
      """
      C numbers
      { int zero_here; int out; u8 byte; }
      P0(int *zero_here, int *out, u8 *byte) { int zero = READ_ONCE(*zero_here); \(test.code) }
      exists (out=0)
      """)
    let states = try file.observed().states.map(\.text)
    #expect(states == ["[out]=\(test.result);"])
  }
}
