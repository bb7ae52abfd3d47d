import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("The sweep command")
struct SweepCommandTests {
  /// Walkers that count to a last number, each on its own: (last + 1) to the power of walkers states.
  private static let counting: Model = {
    let walkers = Bound("walkers", "", default: 1, large: 2, in: 1...4)
    let last = Bound("last", "", default: 1, large: 2, in: 1...9)
    return Model(
      name: "counting", summary: "", sources: [], bounds: [walkers, last],
      variants: [
        Variant("sound", "", source: "", expect: .holds, design: true),
        Variant(
          "racy", "", source: "", expect: .violated("not two are at 1", steps: 2), design: false),
      ]
    ) { b, isSound, bounds in
      let counts = "abcd".prefix(bounds[walkers]).map { name in
        let count = b.field("count of \(name)", .range(0...bounds[last]), initially: 0)
        b.actor("counter \(name)", on: b.cpu()) { _ in
          Loop {
            Step("count", .atomic(count), when: { $0 < bounds[last] }) { $0 += 1 }.mayRest()
          }
        }
        return count
      }
      if !isSound { b.invariant("not two are at 1") { s in counts.count { s[$0] == 1 } < 2 } }
    }
  }()

  private static let sweep = ["sweep", "counting", "--set", "walkers=1..3", "--set", "last=1..2"]

  /// Sweeps with results in the folder "kept".
  private func run(_ reports: ReportFolder, _ more: [String] = []) -> CommandLineTests.Result {
    reports.run(Self.sweep + ["--results", reports.path("kept")] + more)
  }

  private func timeless(_ text: String) -> String {
    text.replacing(/[0-9]+\.[0-9]{3}/, with: "-.---").replacing(#/\n[0-9.]+ s, /#, with: "\n- s, ")
      .replacing(/"seconds" : [0-9.e-]+/, with: "")
  }

  private func kept(_ reports: ReportFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: reports.path("kept")).sorted()
  }

  @Test("a table a variant, with what was guessed beside what came of it")
  func text() throws {
    let result = run(ReportFolder(of: Self.counting))
    #expect(result.status == .asItShouldBe, "what is violated is stated to be")
    #expect(result.error == "")
    #expect(
      timeless(result.output) == """
        counting walkers=1..3 last=1..2

        sound
          walkers  last  states  transitions  depth  seconds  estimated  verdict
                1     1       2            1      1    -.---             holds
                1     2       3            2      2    -.---             holds
                2     1       4            4      2    -.---             holds
                2     2       9           12      4    -.---    about 6  holds
                3     1       8           12      3    -.---    about 8  holds
                3     2      27           54      6    -.---   about 27  holds

        racy
          walkers  last  states  transitions  depth  seconds  estimated  verdict
                1     1       2            1      1    -.---             holds
                1     2       3            2      2    -.---             holds
                2     1       4            4      2    -.---             violated after 2 steps (1)
                2     2                                                  not tried: violated at walkers=2
                                                                         last=1 already
                3     1                                                  not tried: violated at walkers=2
                                                                         last=1 already
                3     2                                                  not tried: violated at walkers=2
                                                                         last=1 already

          (1) not two are at 1

        12 checks: 8 holds, 1 violated, 3 not tried
        - s, 9 searches

        """)
  }

  @Test(
    "what is done is not done again, and is told as before",
    arguments: ["text", "markdown", "json"])
  func resumed(form: String) throws {
    let reports = ReportFolder(of: Self.counting)
    let first = run(reports, ["--format", form])
    #expect(try kept(reports).count == 9)
    let second = run(reports, ["--format", form])
    #expect(second.status == first.status)
    #expect(
      timeless(second.output) == timeless(first.output).replacing("9 searches", with: "0 searches"))
    // One that is gone is made again.
    try FileManager.default.removeItem(atPath: reports.path("kept/" + kept(reports)[0]))
    #expect(run(reports).output.contains(" s, 1 search\n"))
    // Another question has results of its own.
    #expect(run(reports, ["--no-reduction"]).output.contains(" s, 9 searches\n"))
    // And so has another version of the program.
    let newer = CommandLineTool(name: "straypage", models: [Self.counting], version: "2.0")
    #expect(
      newer.run(Self.sweep + ["--results", reports.path("kept"), "--output", reports.path("x")])
        == .asItShouldBe)
    #expect(try reports.text("x").contains(" s, 9 searches\n"))
  }

  @Test("each file has the report of its check, for whoever reads it")
  func files() throws {
    let reports = ReportFolder(of: Self.counting)
    _ = run(reports, ["--variant", "sound"])
    let names = try kept(reports)
    let name = try #require(names.first { $0.hasPrefix("counting_sound_walkers=3_last=2-") })
    let text = try reports.text("kept/" + name)
    let form = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let report = try #require(form["report"] as? [String: Any])
    #expect(report["states"] as? Int == 27)
    #expect(
      report["command"] as? String
        == "straypage check counting --variant sound --set walkers=3 --set last=2")
  }

  @Test("parts share a folder, and without a part all of it is told")
  func parts() throws {
    let whole = ReportFolder(of: Self.counting)
    let reports = ReportFolder(of: Self.counting)
    let (one, two) = (run(reports, ["--shard", "1/2"]), run(reports, ["--shard", "2/2"]))
    for part in [one, two] { #expect(part.status == .asItShouldBe) }
    #expect(one.output.contains("; this is part 1 of 2, and the others have "))
    let all = run(reports, ["--variant", "sound"])
    #expect(all.output.contains(" s, 0 searches\n"))
    #expect(
      timeless(all.output)
        == timeless(run(whole, ["--variant", "sound"]).output).replacing("6 s", with: "0 s"))
  }

  @Test("a file that is damaged is told by its name, and its check made again")
  func damaged() throws {
    let reports = ReportFolder(of: Self.counting)
    let first = run(reports)
    let name = "kept/" + (try kept(reports)[0])
    let text = try reports.text(name)
    func refused(_ text: String) throws -> String {
      try text.write(toFile: reports.path(name), atomically: true, encoding: .utf8)
      let result = run(reports)
      #expect(result.status == first.status)
      #expect(
        timeless(result.output)
          == timeless(first.output).replacing("9 searches", with: "1 search"))
      // What was made again is whole.
      #expect(run(reports).output.contains(" s, 0 searches\n"))
      return reports.objection(result).replacing(name, with: "it")
    }
    let ending = "; the check is made again"
    #expect(try refused("") == "'it' can't be used: it is empty\(ending)")
    #expect(
      try refused(String(text.prefix(text.count / 2)))
        == "'it' can't be used: it is no result of a sweep, or was cut off or damaged\(ending)")
    #expect(
      try refused(text.replacing("\"depth\" : 1", with: "\"depth\" : 3"))
        == "'it' can't be used: it was changed or damaged: its checksum does not fit\(ending)")
    let other = try reports.text("kept/" + kept(reports)[1])
    #expect(try refused(other) == "'it' can't be used: it is of another search\(ending)")
  }

  @Test("what is no ordinary file is not waited for, and not written to")
  func pipes() throws {
    let reports = ReportFolder(of: Self.counting)
    let words = [
      "sweep", "counting", "--variant", "sound", "--results", reports.path("kept"),
    ]
    #expect(reports.run(words).status == .asItShouldBe)
    let name = "kept/" + (try kept(reports)[0])
    // A device would be read as if it were empty. A pipe would be waited for.
    for make in [{ symlink("/dev/null", $0) }, { mkfifo($0, 0o600) }] {
      try FileManager.default.removeItem(atPath: reports.path(name))
      try #require(make(reports.path(name)) == 0)
      let result = reports.run(words)
      try #require(
        result.error.replacing(reports.path("") + "/", with: "").split(separator: "\n") == [
          "straypage: '\(name)' can't be used: '\(name)' is no ordinary file; the check is made again",
          "straypage: '\(name)' is no ordinary file",
        ])
      #expect(result.status == .badInput)
      #expect(result.output.contains(" s, 1 search\n"))
    }
  }

  @Test("a variant that is stated to hold and doesn't gives status 1, and a limit 3")
  func status() {
    let wrong = Model(
      name: "wrong", summary: "", sources: [],
      bounds: [Bound("n", "", default: 1, large: 1, in: 1...2)],
      variants: [Variant("all", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let n = b.field("n", .range(0...2), initially: 0)
      b.actor("one", on: b.cpu()) { _ in Step("raise", .atomic(n)) { $0 += 1 } }
      b.invariant("never 1") { s in s[n] != 1 }
    }
    let reports = ReportFolder(of: wrong)
    let result = reports.run(["sweep", "wrong", "--results", reports.path("kept")])
    #expect(result.status == .violated)
    #expect(run(ReportFolder(of: Self.counting), ["--budget", "1ms"]).status == .inconclusive)
  }

  @Test("under every memory model, one that refuses a model says why")
  func machines() throws {
    let reports = ReportFolder(of: Self.counting)
    let result = run(reports, ["--variant", "sound", "--memory-model", "all", "--format", "json"])
    let form = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let checks = try #require(form["checks"] as? [[String: Any]])
    #expect(checks.count == 18)
    #expect(Set(checks.compactMap { $0["memoryModel"] as? String }) == ["sc", "tso", "lkmm"])
    #expect(checks.allSatisfy { $0["status"] as? String == "holds" })
  }

  @Test("a drawing has a curve a value of the other bound, and a dot where every state was visited")
  func drawing() throws {
    let reports = ReportFolder(of: Self.counting)
    _ = run(reports, ["--variant", "sound", "--svg", reports.path("x.svg")])
    let svg = try reports.text("x.svg")
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(svg.matches(of: /<polyline/).count == 2)
    #expect(svg.matches(of: /<circle/).count == 6)
    #expect(svg.contains("<title>last=2: 27 states</title>"))
  }

  @Test(
    "what can't be swept is refused",
    arguments: [
      ("walkers", "--set needs BOUND=RANGE, such as walkers=1..1, not 'walkers'"),
      ("wolkers=1..2", "model 'counting' has no bound 'wolkers'; did you mean 'walkers'?"),
      ("walkers=1..5", "bound 'walkers' of model 'counting' is 5, but must be from 1 to 4"),
      ("walkers=3..2", "bound 'walkers' of model 'counting' goes from 3 to 2, which has no value"),
      (
        "walkers=a..2",
        "bound 'walkers' of model 'counting' must be a whole number from 1 to 4, not 'a'"
      ),
      (
        "walkers=1..",
        "bound 'walkers' of model 'counting' must be a whole number from 1 to 4, not ''"
      ),
    ])
  func badRanges(text: String, message: String) {
    let reports = ReportFolder(of: Self.counting)
    let words = ["sweep", "counting", "--set", text, "--results", reports.path("kept")]
    let result = reports.run(words)
    #expect(result.status == .badInput)
    #expect(reports.objection(result) == message)
    #expect(!FileManager.default.fileExists(atPath: reports.path("kept")))
  }

  @Test("a folder is needed in which results can be kept")
  func folders() throws {
    let reports = ReportFolder(of: Self.counting)
    func objection(_ words: [String]) -> String {
      let result = reports.run(["sweep", "counting"] + words)
      #expect(result.status == .badInput)
      return reports.objection(result)
    }
    #expect(objection([]) == "'sweep' needs '--results FOLDER'")
    try "".write(toFile: reports.path("file"), atomically: true, encoding: .utf8)
    #expect(
      objection(["--results", reports.path("file")])
        == "'file' is a file, and results need a folder")
    #expect(
      objection(["--results", reports.path("no/where")])
        == "the folder 'no/where' can't be made: No such file or directory")
    #expect(
      objection(["--results", reports.path("kept"), "--svg", reports.path("x.svg")])
        == "'--svg' draws how states grow with a bound, and none has several values")
    #expect(
      objection(["--results", reports.path("kept"), "--budget", "1M"])
        == "a budget of 1 MB of memory is too small; it must be at least 64 MB")
  }

  @Test("completion offers ranges of a bound")
  func completion() {
    let offered = CommandLineTests.run(
      ["complete", "--", "sweep", "counting", "--set", "last="], models: [Self.counting]
    ).output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != "\t" } }
    #expect(offered == ["last=1..1", "last=1..2", "last=1..9"])
  }
}
