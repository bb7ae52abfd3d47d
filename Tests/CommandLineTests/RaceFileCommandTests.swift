import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("A race file on the command line")
struct RaceFileCommandTests {
  private static let text = """
    C counted
    "Do two increments meet?"
    piece ATOMIC "the increment is atomic";
    { int n in 0..2; }
    P0(int *n) {
    #ifdef ATOMIC
      atomic_inc(n);
    #else
      *n = *n + 1;
    #endif
    }
    P1(int *n) { atomic_inc(n); }
    always reachable("none is lost", n == 2);
    variant plain: ; expect stuck in 2;
    fix variant atomic: ATOMIC; expect holds;
    """

  /// A folder with race files, which is gone afterwards.
  private func withFolder(
    _ files: [String: String], _ body: (String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "races-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
    try body(folder.path)
  }

  @Test("stands wherever a model's name does")
  func commands() throws {
    try withFolder(["n.race": Self.text]) { folder in
      let file = "\(folder)/n.race"
      let check = CommandLineTests.run(["check", file])
      #expect(check.status == .violated)
      #expect(check.output.contains("STUCK after 2 steps, out of reach from then on: none is lost"))
      #expect(check.output.contains("*n = *n + 1 :9"))
      #expect(check.output.contains("Again: straypage check \(file) --variant plain"))
      #expect(CommandLineTests.run(["check", file, "--variant", "atomic"]).status == .asItShouldBe)
      #expect(CommandLineTests.run(["list", file]).output.contains("Do two increments meet?"))
      #expect(CommandLineTests.run(["matrix", file]).output.contains("ATOMIC"))
      #expect(
        CommandLineTests.run(["simulate", file, "--seed", "1"]).output.contains("counted") == false)
      #expect(CommandLineTests.run(["explain", file]).output.contains("line 12: atomic_inc(n)"))
    }
  }

  /// Two data races, and a store after which something is asserted.
  private static let racing = """
    C racing
    data_races;
    int x; int y;
    P0() { x = 1; y = 1; }
    P1() {
      int r = READ_ONCE(x);
      r = y;
      BUG_ON(r == LIMIT);
    }
    variant plain: ; expect holds;
    """
  private static let race = "data-race in P0 / P1 (y = 1 / y)"

  @Test("has each of its data races as a property with a name and a number")
  func racesByName() throws {
    let text = Self.racing.replacing("LIMIT", with: "7")
    try withFolder(["n.race": text]) { folder in
      let file = "\(folder)/n.race"
      let list = CommandLineTests.run(["list", file]).output
      #expect(list.contains("  3  no data race (else a warning): \(Self.race)\n"))
      for name in [Self.race, "3"] {
        let one = CommandLineTests.run(["check", file, "--property", name])
        #expect(one.status == .violated)
        #expect(one.output.contains("DATA RACE after 2 steps: \(Self.race)"))
        #expect(!one.output.contains("x = 1 / READ_ONCE(x))"))
        #expect(one.output.contains("Looked at: \(Self.race). Nothing else was judged."))
        #expect(one.output.contains("--property 3\n"))
      }
    }
  }

  @Test("has the two accesses of a data race in JSON, and as related locations in SARIF")
  func racesForPrograms() throws {
    let text = Self.racing.replacing("LIMIT", with: "7")
    try withFolder(["n.race": text]) { folder in
      let file = "\(folder)/n.race"
      func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      }
      let report = try object(CommandLineTests.run(["check", file, "--format", "json"]).output)
      let warning = try #require((report["warnings"] as? [[String: Any]])?.first)
      let (first, second) = (
        try #require(report["races"] as? [[String: Any]]),
        try #require(warning["races"] as? [[String: Any]])
      )
      #expect(first.map { $0["field"] as? String } == ["x", "x"])
      #expect(second.map { $0["actor"] as? String } == ["P0", "P1"])
      #expect(second.map { $0["step"] as? String } == ["y = 1", "y"])
      #expect(first.map { $0["access"] as? String } == ["write", "read"])
      #expect(first.map { $0["isPlain"] as? Bool } == [true, false])
      #expect(second.map { $0["line"] as? Int } == [4, 7])
      #expect(first.allSatisfy { ($0["file"] as? String)?.hasSuffix("n.race") ?? false })
      let place = "\(folder)/gate.sarif"
      #expect(CommandLineTests.run(["gate", file, "--sarif", place]).status == .violated)
      let sarif = try String(contentsOfFile: place, encoding: .utf8)
      for said in ["write to y by task P0 on cpu 0, y = 1", "read to y by task P1 on cpu 1, y"] {
        #expect(sarif.contains("\"text\" : \"\(said) ("), "\(said)")
      }
    }
  }

  @Test("says where a bug ended the search that data races were not all looked for")
  func undecidedRaces() throws {
    let said = "Data races were looked for only up to there: --keep-going looks in all states."
    let text = Self.racing.replacing("LIMIT", with: "0")
    try withFolder(["n.race": text]) { folder in
      let file = "\(folder)/n.race"
      #expect(CommandLineTests.run(["check", file]).output.contains(said))
      #expect(!CommandLineTests.run(["check", file, "--keep-going"]).output.contains(said))
      #expect(!CommandLineTests.run(["check", file, "--property", "1"]).output.contains(said))
    }
  }

  @Test("whose data race is gone: a replay says so, and not the opposite")
  func raceThatIsGone() throws {
    let text = """
      C gone
      #define WANTED 0
      data_races;
      int x; int y;
      P0() { x = 1; }
      P1() { int r = READ_ONCE(y); if (r == WANTED) r = x; }
      P2() { WRITE_ONCE(y, 1); }
      """
    try withFolder(["n.race": text]) { folder in
      let (file, trace) = ("\(folder)/n.race", "\(folder)/trace.json")
      #expect(
        CommandLineTests.run(["check", file, "--save-trace", trace]).output
          .contains("DATA RACE after 1 step"))
      #expect(CommandLineTests.run(["replay", trace]).status == .asItShouldBe)
      try text.replacing("WANTED 0", with: "WANTED 1")
        .write(toFile: file, atomically: true, encoding: .utf8)
      let replay = CommandLineTests.run(["replay", trace])
      #expect(replay.status == .violated)
      #expect(
        replay.output.contains(
          "DIFFERS at the end: it is no longer true that both accesses can be next: data-race in P0 / P1"
        ))
    }
  }

  @Test("is gated with others of its folder, and chosen by patterns")
  func gate() throws {
    try withFolder(["n.race": Self.text, "m.race": Self.text]) { folder in
      let gate = CommandLineTests.run(["gate", folder])
      #expect(gate.status == .asItShouldBe)
      #expect(gate.output.contains("4 variants: 4 as expected"))
      let one = CommandLineTests.run(["gate", folder, "--only", "\(folder)/n.race/atomic"])
      #expect(one.output.contains("1 variant: 1 as expected"))
    }
  }

  @Test(
    "that can't be understood fails the gate of its folder, whichever memory model is asked for")
  func brokenFile() throws {
    let holds = Self.text.replacing("expect holds;", with: "expect holds on sc tso;")
    try withFolder(["n.race": holds, "m.race": "C m\nP0(int *m) { nothing(m); }\n"]) { folder in
      for machine in ["sc", "tso", "lkmm", "all"] {
        let gate = CommandLineTests.run(["gate", folder, "--memory-model", machine])
        #expect(gate.status == .badInput && gate.output.contains("m.race"), "\(machine)")
      }
    }
  }

  @Test("is an ordinary file, wherever files are read, and a folder may be called as one")
  func otherFiles() throws {
    try withFolder(["n.race": Self.text]) { folder in
      let other = "\(folder)/more.race"
      try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
      #expect(CommandLineTests.run(["gate", folder]).status == .asItShouldBe)
      for make in [{ symlink("/dev/null", $0) }, { mkfifo($0, 0o600) }] {
        try FileManager.default.removeItem(atPath: other)
        try #require(make(other) == 0)
        for words in [
          ["check", other], ["check", other, "--watch"], ["gate", folder], ["replay", other],
          ["merge", other],
        ] {
          let result = CommandLineTests.run(words)
          try #require(
            result.error.hasPrefix("straypage: '\(other)' is no ordinary file\n"), "\(result.error)"
          )
          #expect(result.status == .badInput, "\(words)")
        }
      }
    }
  }

  @Test(
    "has in every form of its trace the local variables that are kept in the place in the program")
  func locals() throws {
    let text = """
      C locals
      { int x; spinlock_t l; }
      P0(int *x, spinlock_t *l) {
        bool seen = false;
        if (READ_ONCE(*x) == 0)
          seen = true;
        spin_lock(l);
        if (seen)
          WRITE_ONCE(*x, 1);
        spin_unlock(l);
      }
      always("x is 0", x == 0);
      """
    try withFolder(["n.race": text]) { folder in
      let (file, page) = ("\(folder)/n.race", "\(folder)/n.html")
      let report = CommandLineTests.run(["check", file, "--html", page])
      #expect(report.output.contains("P0.seen = true"))
      let json = CommandLineTests.run(["check", file, "--format", "json"]).output
      #expect(
        json.replacing(/\s+/, with: "").contains(
          #""locals":[{"field":"P0.seen","value":"true"}]"#))
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(html.contains("<span class=\"local\">P0.<wbr>seen = true</span>"))
      #expect(html.contains("\"locals\":[["))
      let saved = "\(folder)/saved.json"
      _ = CommandLineTests.run(["check", file, "--save-trace", saved])
      #expect(CommandLineTests.run(["replay", saved]).status == .asItShouldBe)
    }
  }

  @Test("stands below the trace on a web page, each line with its steps")
  func webPage() throws {
    try withFolder(["n.race": Self.text]) { folder in
      let page = "\(folder)/page.html"
      _ = CommandLineTests.run(["check", "\(folder)/n.race", "--html", page])
      let html = try String(contentsOfFile: page, encoding: .utf8)
      #expect(
        html.contains(
          "<span class=\"line\" data-points=\"1 3\"><span class=\"gutter\">9</span>  *n = *n + 1;"
            + "<span class=\"at\"> <a href=\"#1.1\">1</a> <a href=\"#1.3\">3</a></span></span>"))
      #expect(html.contains("<span class=\"line\"><span class=\"gutter\">10</span>#endif</span>"))
    }
  }

  @Test("has a trace that is saved and replayed")
  func replay() throws {
    try withFolder(["n.race": Self.text]) { folder in
      let trace = "\(folder)/trace.json"
      _ = CommandLineTests.run(["check", "\(folder)/n.race", "--save-trace", trace])
      #expect(CommandLineTests.run(["replay", trace]).status == .asItShouldBe)
    }
  }

  @Test("of which something is wrong is told with its line, and nothing of how it was asked for")
  func mistakes() throws {
    try withFolder(["n.race": "C n\nP0(int *n) { *m = 1; }\n"]) { folder in
      let result = CommandLineTests.run(["check", "\(folder)/n.race"])
      #expect(result.status == .badInput)
      #expect(
        result.error == """
          straypage: \(folder)/n.race:2:15: there is no variable 'm'; did you mean 'n'?
              P0(int *n) { *m = 1; }
                            ^

          """)
    }
  }

  @Test("that is new is one that can be checked, and one that is there stays")
  func new() throws {
    try withFolder([:]) { folder in
      let path = "\(folder)/first.race"
      #expect(CommandLineTests.run(["new", path]).status == .asItShouldBe)
      #expect(CommandLineTests.run(["gate", path]).status == .asItShouldBe)
      let again = CommandLineTests.run(["new", path])
      #expect(again.status == .badInput)
      #expect(again.error.contains("is there already"))
    }
  }

  @Test("of either ending is begun with a race of its name", arguments: ["race", "litmus"])
  func title(ending: String) throws {
    try withFolder([:]) { folder in
      let path = "\(folder)/page.to-free.\(ending)"
      #expect(CommandLineTests.run(["new", path]).status == .asItShouldBe)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(text.hasPrefix("C page.to-free\n"))
    }
  }

  @Test("that is a litmus test has herd's answer below its report")
  func litmus() throws {
    let text =
      "C SB\n{}\nP0(int *x, int *y) { WRITE_ONCE(*x, 1); r0 = READ_ONCE(*y); }\n"
      + "P1(int *x, int *y) { WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x); }\nexists (0:r0=0 /\\ 1:r0=0)\n"
    try withFolder(["SB.litmus": text]) { folder in
      let output = CommandLineTests.run(["check", "\(folder)/SB.litmus"]).output
      #expect(
        output.hasSuffix(
          """
          States 3
          0:r0=0; 1:r0=1;
          0:r0=1; 1:r0=0;
          0:r0=1; 1:r0=1;
          Condition exists (0:r0=0 /\\ 1:r0=0)
          Observation SB Never 0 3

          """))
    }
  }
}
