import KernelPages
import ModelChecking
import Testing

@Suite("Seqcounts")
struct SeqcountTests {
  private static let claim = "both were written together"

  /// Writers of a pair, once or for ever, and a reader of it.
  private func declare(
    in b: SystemBuilder, writers: Int = 1, locked: Bool = false, forEver: Bool = false,
    retry: Bool, begin: (Seqcount) -> Step = readSeqcountBegin
  ) {
    let seqlock = Seqlock("seq", in: b)
    let pair = (0..<2).map { b.field("pair\($0)", .range(0...1), initially: 0) }
    for number in 0..<writers {
      b.actor("writer\(number)", on: b.cpu()) { actor in
        let value = actor.register("value", .range(0...1), initially: 1)
        let write = Steps {
          if locked { writeSeqlock(seqlock) } else { writeSeqcountBegin(seqlock.seqcount) }
          for half in pair { Step("write", .store(half)) { my in my[value] } }
          if locked { writeSequnlock(seqlock) } else { writeSeqcountEnd(seqlock.seqcount) }
        }
        if forEver {
          Loop {
            write
            Step("toggle") { my in my[value] = 1 - my[value] }
          }
        } else {
          write
        }
      }
    }
    b.actor("reader", on: b.cpu()) { actor in
      let seen = (0..<2).map { actor.register("seen\($0)", .range(0...1), initially: 0) }
      Loop {
        begin(seqlock.seqcount)
        for (half, seen) in zip(pair, seen) {
          Step("read", .load(half)) { value, my in my[seen] = value }
        }
        if retry {
          If(!readSeqcountRetry(seqlock.seqcount)) { Break() }
        } else {
          Break()
        }
      }
      Step("use").asserting(Self.claim) { s in s[seen[0]] == s[seen[1]] }
    }
    b.goal("the pair is written") { s in s[pair[0]] == 1 && s[pair[1]] == 1 }
  }

  @Test("a reader that does not try again sees half of what was written")
  func torn() throws {
    // The writer begins before or after the reader does, writes one half; the reader takes that and the
    // other.
    try expect(.violated(Self.claim, steps: 6)) { b in declare(in: b, retry: false) }
  }

  @Test("a reader that tries again does not", arguments: [false, true])
  func retry(forEver: Bool) throws {
    try expect(.holds) { b in declare(in: b, forEver: forEver, retry: true) }
    try expect(.holds) { b in
      declare(in: b, forEver: forEver, retry: true, begin: rawSeqcountBegin)
    }
  }

  @Test("writers without a lock are found; a seqlock has the lock")
  func writers() throws {
    try expect(.assertionFailed("two writers of a seqcount at a time", steps: 2)) { b in
      declare(in: b, writers: 2, retry: true)
    }
    try expect(.holds) { b in declare(in: b, writers: 2, locked: true, retry: true) }
    try expect(.holds) { b in
      declare(in: b, writers: 2, locked: true, forEver: true, retry: true)
    }
  }

  @Test("an invalidation makes readers try again, and only those who are inside")
  func invalidation() throws {
    func declare(in b: SystemBuilder, before: Bool) {
      let seq = Seqcount("seq", in: b)
      let mayRetry = b.field("retries", .flag, initially: false)
      let phase = b.field("phase", .range(0...1), initially: 0)
      b.actor("writer", on: b.cpu()) { _ in
        if !before { Step("wait", .wait(phase)) { $0 == 1 } }
        writeSeqcountInvalidate(seq)
        if before { Step("go", .store(phase)) { 1 } }
      }
      b.actor("reader", on: b.cpu()) { _ in
        if before { Step("wait", .wait(phase)) { $0 == 1 } }
        readSeqcountBegin(seq)
        if !before { Step("go", .store(phase)) { 1 } }
        If(readSeqcountRetry(seq)) { Step("retry", .store(mayRetry)) { true } }
      }
      b.goal("the reader tries again") { s in s[mayRetry] }
    }
    try expect(.holds) { b in declare(in: b, before: false) }
    try expect(.goalUnreachable("the reader tries again")) { b in declare(in: b, before: true) }
  }

  @Test("a reader waits while a writer is inside, for ever if that never leaves")
  func neverLeft() throws {
    try expect(.deadlock(steps: 1)) { b in
      let seq = Seqcount("seq", in: b)
      let isRead = b.field("read", .flag, initially: false)
      b.actor("writer", on: b.cpu()) { _ in
        writeSeqcountBegin(seq)
        Step("wait", .wait(isRead)) { $0 }
        writeSeqcountEnd(seq)
      }
      b.actor("reader", on: b.cpu()) { _ in
        readSeqcountBegin(seq)
        Step("tell", .store(isRead)) { true }
      }
    }
  }

  @Test("a writer that ends inside, leaves without being inside or enters twice misuses it")
  func unbalanced() throws {
    let section = "'write_seqcount_begin(seq)'"
    func expectMisuse(
      _ deed: String, steps: Int, @StepsBuilder _ write: @escaping (Seqcount) -> Steps
    ) throws {
      try expect(.lockMisused("writer \(deed)", steps: steps)) { b in
        let seq = Seqcount("seq", in: b)
        b.actor("writer", on: b.cpu()) { _ in write(seq) }
      }
    }
    try expectMisuse("ends with \(section) held", steps: 1) { seq in writeSeqcountBegin(seq) }
    try expectMisuse(
      "releases \(section), which it does not hold: bad unlock balance detected", steps: 1
    ) { seq in writeSeqcountEnd(seq) }
    try expectMisuse(
      "takes \(section), which it already holds: possible recursive locking detected", steps: 2
    ) { seq in
      writeSeqcountBegin(seq)
      writeSeqcountBegin(seq)
    }
  }
}
