import Foundation
import ModelChecking
import RaceFiles
import Testing

/// Race files with mistakes made by chance, the same on every run: each is read or refused, and nothing ends
/// the process.
@Suite("A mutant of a race file")
struct MutantTests {
  private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33 | state << 31
    }
  }

  private static let litmus = """
    C test
    { int y=1; int *x1 = &y; spinlock_t l; atomic_t n = ATOMIC_INIT(2); }
    P0(int* x0, int** x1, spinlock_t *l, atomic_t *n) {
      int r0;
      spin_lock(l);
      r0 = cmpxchg(x0, 0, 1) + atomic_inc_return(n);
      if (r0 == 3 && READ_ONCE(*x0)) WRITE_ONCE(*x1, x0); else smp_mb();
      spin_unlock(l);
    }
    P1(int** x1) {
      int *r2; int i;
      rcu_read_lock();
      for (i = 0; i < 3; i++) r2 = rcu_dereference(*x1);
      switch (i) { case 1: *r2 = 4; break; default: cpu_relax(); }
      rcu_read_unlock();
    }
    filter (0:r0=3)
    exists (1:r2=x0 /\\ ~(y=1 \\/ 1:i=3))
    """

  private static func words(_ text: String) -> [String] {
    text.matches(of: /[A-Za-z_0-9]+|\s+|"[^"]*"|./).map { String($0.0) }
  }

  private static func mutant(of text: String, _ chance: inout Chance) -> [UInt8] {
    var bytes = Array(text.utf8)
    switch Int.random(in: 0..<7, using: &chance) {
    case 0:  // a bit
      for _ in 0..<Int.random(in: 1...4, using: &chance) {
        bytes[Int.random(in: bytes.indices, using: &chance)] ^=
          1 << UInt8.random(in: 0..<8, using: &chance)
      }
    case 1:  // the end
      bytes.removeLast(Int.random(in: 1..<bytes.count, using: &chance))
    case 2:  // a stretch that is gone
      let start = Int.random(in: bytes.indices, using: &chance)
      bytes.removeSubrange(start..<min(bytes.count, start + Int.random(in: 1...40, using: &chance)))
    case 3:  // depth
      let sign = ["(", "{", "!", "*", "if (x) ", "a ? ", "[", "f(", "-", "#ifdef A\n"]
        .randomElement(using: &chance)!
      let start = Int.random(in: bytes.indices, using: &chance)
      bytes.insert(
        contentsOf: String(repeating: sign, count: Int.random(in: 1...3_000, using: &chance)).utf8,
        at: start)
    default:  // words
      var words = words(text)
      for _ in 0..<Int.random(in: 1...3, using: &chance) {
        let place = Int.random(in: words.indices, using: &chance)
        let other = words.randomElement(using: &chance)!
        switch Int.random(in: 0..<4, using: &chance) {
        case 0: words.remove(at: place)
        case 1: words.insert(other, at: place)
        case 2: words.swapAt(place, Int.random(in: words.indices, using: &chance))
        default: words[place] = other
        }
      }
      bytes = Array(words.joined().utf8)
    }
    return bytes
  }

  /// How many of each; more by STRAYPAGE_MUTANTS.
  private static let count =
    ProcessInfo.processInfo.environment["STRAYPAGE_MUTANTS"].flatMap { Int($0) } ?? 150

  @Test("is read or refused in sentences", arguments: ["put-page-race", "page-churn", "litmus"])
  func mutants(name: String) throws {
    let text =
      name == "litmus"
      ? Self.litmus : String(decoding: try ModelFilesTests.bytes(name), as: UTF8.self)
    var chance = Chance(state: 2_026)
    var read = 0
    for _ in 0..<Self.count {
      let bytes = Self.mutant(of: text, &chance)
      do throws(InputError) {
        let file = try RaceFile(path: "test.race", contents: bytes)
        try file.prepare(try Configuration(file.model))
        _ = try file.model.system()
        read += 1
      } catch {
        #expect(
          error.message.hasPrefix("test.race:")
            || error.message.hasPrefix("model 'test.race' is broken"),
          "\(error.message)")
      }
    }
    #expect(read > 0 && read < Self.count)
  }
}
