import ModelChecking
import RaceFiles
import Testing

@Suite("A question about local variables")
struct QuestionTests {
  /// Behind the lock, `r` is asked where `s` is known to be 0, and where it is known to be 1.
  private func text(_ more: String = "") -> String {
    """
    C questions
    { spinlock_t l; int x; int y; }
    static void look(int r, int *y) { if (r == 7) *y = 1; }
    P0(spinlock_t *l, int *x, int *y) {
      int r = READ_ONCE(*x);
      int s = 0;
      if (r)
        s = 1;
      spin_lock(l);
      look(r, y);
      if (r)
        *y = 2 + s;
      spin_unlock(l);
    }
    P1(int *x) { WRITE_ONCE(*x, 1); }
    always("y is small", y < 5);
    \(more)
    """
  }

  @Test("that never answers one way is told in the file's words, with its line")
  func words() throws {
    let outcome = try outcome(of: try race(text()))
    let coverage = try #require(outcome.coverage)
    #expect(coverage.unexplained.map(\.name) == ["r == 7"])
    #expect(coverage.unexplained.map(\.calls) == [["look"]])
    #expect(coverage.unexplained.map(\.kind) == [.neverYes])
    #expect(coverage.unexplained.map(\.declaration) == [SourceLine(file: "test.race", line: 3)])
    // 'if (r)' comes to two places in the program, which only together answer both ways.
    #expect([coverage.answers.seen, coverage.answers.all] == [5, 10])
  }

  @Test("is explained by the file, which may not say what is not so")
  func explained() throws {
    let said = try race(text("unreachable(\"r == 7\", yes, \"x is 0 or 1\");"))
    #expect(try outcome(of: said).coverage?.isVacuous == false)
    let untrue = try race(
      text("unreachable(\"r == 7\", \"x is 0 or 1\"); unreachable(\"r\", yes, \"x is never 1\");"))
    #expect(try outcome(of: untrue).coverage?.untrue.map(\.name) == ["r"])
  }

  @Test("that is answered as soon as it is written is told, unless it is of numbers alone")
  func constants() throws {
    func coverage(_ more: String = "") throws -> Coverage {
      let outcome = try outcome(
        of: try race(
          """
          C constants
          { int x; }
          static void set(int *x, int on) { if (on) *x = 1; }
          P0(int *x) {
            int on = 1;
            for (int i = 0; i < 2; i++)
              set(x, i);
            while (true) {
              if (on == 2) *x = 2;
              break;
            }
            if (0) *x = 3;
            if (!on) *x = 4;
          }
          always("x is small", x < 2);
          \(more)
          """))
      return try #require(outcome.coverage)
    }
    let found = try coverage()
    #expect(!found.isVacuous && found.gaps == [])
    #expect(found.decided.map(\.name) == ["on == 2", "on"])
    #expect(found.decided.map(\.kind) == [.neverYes, .neverNo])
    #expect(found.decided.map(\.declaration.line) == [9, 13])
    #expect(found.decided.map(\.reason) == [nil, nil])
    let told = try coverage("unreachable(\"on == 2\", yes, \"there is no second mode\");")
    #expect(told.decided.map(\.reason) == ["there is no second mode", nil])
    #expect(told.untrue == [] && told.idle == [])
  }

  @Test("of one name in several functions is accounted for in all, which is said, or in one")
  func severalPlaces() throws {
    func coverage(_ more: String) throws -> Coverage {
      let file = try race(
        """
        C several
        { int x; int y; }
        static void first(int *x, int *y) { if (READ_ONCE(*x)) *y = 1; }
        static void second(int *x, int *y) { if (READ_ONCE(*x)) *y = 2; }
        P0(int *x, int *y) { first(x, y); second(x, y); }
        always("y is small", y < 5);
        \(more)
        """)
      return try #require(try outcome(of: file).coverage)
    }
    let name = "READ_ONCE(*x)"
    let none = try coverage("")
    #expect(none.unexplained.map(\.calls) == [["first"], ["second"]])
    #expect(none.unexplained.map(\.isNameShared) == [true, true])
    let both = try coverage("unreachable(\"\(name)\", yes, \"x stays 0\");")
    #expect(both.unexplained == [])
    #expect(both.broadStatements.map { $0.places.map(\.line) } == [[3, 4]])
    let one = try coverage("unreachable(\"\(name)\", yes, in \"second\", \"x stays 0\");")
    #expect(one.unexplained.map(\.calls) == [["first"]])
    #expect(one.broadStatements.isEmpty)
  }

  @Test(
    "of one name several times in a function is accounted for in all, which is said, or at one line"
  )
  func severalLines() throws {
    func coverage(_ more: String) throws -> Coverage {
      let file = try race(
        """
        C several
        { int x; int y; }
        P0(int *x, int *y) {
          if (READ_ONCE(*x))
            *y = 1;
          if (READ_ONCE(*x))
            *y = 2;
        }
        always("y is small", y < 5);
        \(more)
        """)
      return try #require(try outcome(of: file).coverage)
    }
    let name = "READ_ONCE(*x)"
    let none = try coverage("")
    #expect(none.unexplained.map(\.declaration.line) == [4, 6])
    #expect(none.unexplained.map(\.isNameRepeated) == [true, true])
    let both = try coverage("unreachable(\"\(name)\", yes, \"x stays 0\");")
    #expect(both.unexplained == [])
    #expect(both.broadStatements.map { $0.places.map(\.line) } == [[4, 6]])
    let one = try coverage("unreachable(\"\(name)\", yes, at 6, \"x stays 0\");")
    #expect(one.unexplained.map(\.declaration.line) == [4])
    #expect(one.broadStatements.isEmpty)
  }

  @Test("that is nowhere is told where it is said never to happen")
  func idle() throws {
    let said = """
      unreachable("r == 7", yes, "x is 0 or 1");
      unreachable("r == 3", yes, "x is 0 or 1");
      unreachable("r == 7", yes, at 2, "x is 0 or 1");
      """
    let coverage = try #require(try outcome(of: try race(text(said))).coverage)
    #expect(coverage.idle.map(\.name) == ["r == 3", "r == 7"])
    #expect(coverage.idle.map(\.line) == [nil, 2])
    #expect(!coverage.isVacuous)
  }
}
