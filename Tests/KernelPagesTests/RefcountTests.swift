import KernelPages
import ModelChecking
import Testing

@Suite("refcount_t")
struct RefcountTests {
  /// What the steps of a lone caller leave in the count, and the warnings they give.
  private func result(
    from count: Int, most: Int = 3, _ program: @escaping (Refcount) -> Steps
  ) throws -> String {
    let system = try System { b in
      let r = Refcount("r", in: b, most: most, initially: count)
      let isOver = b.ghost("over", .flag, initially: false)
      b.actor("caller", on: b.cpu()) { _ in
        program(r)
        Step("end").noting { s in s[isOver] = true }
      }
      b.invariant("not over") { s in !s[isOver] }
    }
    let outcome = try system.search()
    let trace = try #require(outcome.findings.first { $0.property == "not over" }).trace
    let last = trace.steps.flatMap(\.changes).last { $0.field == "r" }?.after
    let warnings = outcome.findings.filter { $0.severity == .warning }.map(\.property)
    return ([last ?? String(count)] + warnings.sorted()).joined(separator: "; ")
  }

  private static let uaf = "refcount_t: addition on 0; use-after-free."
  private static let full = "refcount_t: saturated; leaking memory."
  private static let underflow = "refcount_t: underflow; use-after-free."
  private static let leak = "refcount_t: decrement hit 0; leaking memory."

  @Test("refcount_inc adds one; from 0 it warns and saturates, as from the most")
  func inc() throws {
    #expect(try result(from: 1) { r in refcountInc(r) } == "2")
    #expect(try result(from: 0) { r in refcountInc(r) } == "saturated; \(Self.uaf)")
    #expect(try result(from: 3) { r in refcountInc(r) } == "saturated; \(Self.full)")
  }

  @Test("refcount_inc_not_zero leaves 0 alone")
  func incNotZero() throws {
    #expect(try result(from: 1) { r in refcountIncNotZero(r).steps } == "2")
    #expect(try result(from: 0) { r in refcountIncNotZero(r).steps } == "0")
    #expect(try result(from: 3) { r in refcountIncNotZero(r).steps } == "saturated; \(Self.full)")
  }

  @Test("the drops warn where there is nothing to drop, or nobody left to free")
  func dec() throws {
    #expect(try result(from: 2) { r in refcountDecAndTest(r).steps } == "1")
    #expect(try result(from: 1) { r in refcountDecAndTest(r).steps } == "0")
    #expect(
      try result(from: 0) { r in refcountDecAndTest(r).steps } == "saturated; \(Self.underflow)")
    #expect(try result(from: 2) { r in refcountDec(r) } == "1")
    #expect(try result(from: 1) { r in refcountDec(r) } == "saturated; \(Self.leak)")
    #expect(try result(from: 0) { r in refcountDec(r) } == "saturated; \(Self.leak)")
    #expect(try result(from: 2) { r in refcountDecNotOne(r).steps } == "1")
    #expect(try result(from: 1) { r in refcountDecNotOne(r).steps } == "1")
    #expect(try result(from: 0) { r in refcountDecNotOne(r).steps } == "0; \(Self.underflow)")
    #expect(try result(from: 2) { r in refcountDecIfOne(r).steps } == "2")
    #expect(try result(from: 1) { r in refcountDecIfOne(r).steps } == "0")
  }

  @Test("a saturated count stays so, and its object is never freed")
  func saturated() throws {
    #expect(
      try result(from: 3) { r in
        Steps {
          refcountInc(r)
          for _ in 0..<5 {
            If(refcountDecAndTest(r)) { refcountSet(r, 3) }
          }
        }
      } == "saturated; \(Self.full); \(Self.underflow)")
  }

  /// A table whose object somebody looks up while the last reference is dropped.
  private func declareLookup(in b: SystemBuilder, notZero: Bool) {
    let r = Refcount("r", in: b, most: 3)
    let thing = Thing(in: b)
    let put = Steps { If(refcountDecAndTest(r)) { thing.free } }
    b.actor("owner", on: b.cpu()) { _ in put }
    b.actor("finder", on: b.cpu()) { _ in
      if notZero {
        If(refcountIncNotZero(r)) {
          thing.use
          put
        }
      } else {
        refcountInc(r)
        thing.use
        put
      }
    }
    b.goal("it is freed") { s in s[thing.isFreed] }
  }

  @Test("who finds an object without references must not take one")
  func lookup() throws {
    try expect(.holds) { b in declareLookup(in: b, notZero: true) }
    // Drop, free, add, saturate, use. Without the free, the warning, and after the use one more.
    try expect(.violated(Thing.claim, steps: 5, warnings: [Self.uaf: 3, Self.underflow: 5])) { b in
      declareLookup(in: b, notZero: false)
    }
  }

  @Test("a count that is raised from 0 is 1 for a moment, and a drop then frees once more")
  func window() throws {
    // Drop to 0 and free; add; drop to 0 and free.
    try expect(
      .violated(
        "it is freed once", steps: 5,
        warnings: [Self.uaf: 3, Self.underflow: 2, Self.full: 3])
    ) { b in
      let r = Refcount("r", in: b, most: 2)
      let frees = b.ghost("frees", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { _ in
          If(refcountDecAndTest(r)) { Step("free").noting { s in s[frees] += 1 } }
        }
      }
      b.actor("finder", on: b.cpu()) { _ in refcountInc(r) }
      b.invariant("it is freed once") { s in s[frees] < 2 }
    }
  }

  @Test("the last reference is dropped with the lock held")
  func lock() throws {
    try expect(.holds) { b in
      let r = Refcount("r", in: b, most: 2, initially: 2)
      let lock = b.lock("lock", .spinlock)
      let frees = b.field("frees", .range(0...2), initially: 0)
      for number in 0..<2 {
        b.actor("a\(number)", on: b.cpu()) { _ in
          If(refcountDecAndLock(r, lock)) {
            Step("free", .section([frees], holding: lock)) { s in s[frees] += 1 }
            lock.release()
          }
        }
      }
      b.invariant("once") { s in s[frees] < 2 }
      b.goal("it is freed", .alwaysReachable) { s in s[frees] == 1 }
    }
  }
}
