import Foundation
import ModelChecking
import Models
import Testing

@Suite("Simulation and walks by hand")
struct SimulateTests {
  private func run(_ arguments: String, _ lines: String...) -> CommandLineTests.Result {
    CommandLineTests.run(
      arguments.split(separator: " ").map(String.init), input: lines)
  }

  // MARK: Random walks

  @Test("the same seed prints the same, and a walk that finds something is no more than that")
  func seeds() {
    let first = run("simulate put-page-race --seed 7 --walks 100")
    #expect(first.status == .violated)
    #expect(first.output == run("simulate put-page-race --seed 7 --walks 100").output)
    #expect(first.output != run("simulate put-page-race --seed 8 --walks 100").output)
    #expect(first.output.contains("VIOLATED in "))
    #expect(first.output.contains("There may be shorter ways"))
    #expect(
      first.output.contains(
        "Again: straypage simulate put-page-race --variant as-reported --seed 7 --walks 100"))
  }

  @Test("walks that find nothing are inconclusive, and say that they prove nothing")
  func nothing() {
    let result = run("simulate put-page-race --variant put-page-hook")
    #expect(result.status == .inconclusive)
    #expect(result.output.contains("NOTHING WRONG SEEN in 1,000 random walks."))
    #expect(result.output.contains("A simulation is no proof"))
    #expect(!result.output.contains("HOLDS"))
  }

  @Test("a simulation of every variant finds only what is expected of it", arguments: Model.all)
  func expectations(model: Model) throws {
    for variant in model.variants {
      let simulation = Simulation(
        try model.system(variant: variant.name), .init(walks: 100, depth: 60))
      if variant.expected == .holds {
        #expect(simulation.hits.isEmpty, "\(model.name) \(variant.name)")
      }
    }
  }

  @Test("the walk that was found is saved, and replays")
  func savedWalk() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(run("simulate put-page-race --save-trace \(path)").status == .violated)
    #expect(run("replay \(path)").status == .asItShouldBe)
    let nothing = run("simulate put-page-race --variant put-page-hook --save-trace \(path)")
    #expect(nothing.status == .inconclusive)
    #expect(nothing.error.contains("nothing was found, so no trace is saved"))
    #expect(run("replay \(path)").output.contains("AS SAVED, 5 steps"))
  }

  // MARK: Walks by hand

  /// What is printed after each of the lines, without the line itself.
  private func answers(_ lines: [String], _ arguments: String = "simulate put-page-race")
    -> [String]
  {
    let result = CommandLineTests.run(
      (arguments + " --interactive").split(separator: " ").map(String.init), input: lines)
    #expect(result.status == .asItShouldBe)
    #expect(result.error == "")
    let parts = ("\n" + result.output).components(separatedBy: "\n> ").dropFirst()
    // The line itself is echoed before its answer.
    return parts.map { $0.drop { $0 != "\n" }.trimmingCharacters(in: .newlines) }
  }

  @Test("the race is walked into by hand, step by step")
  func race() {
    let answers = answers(["1", "2", "2", "1", "1"])
    #expect(
      answers[0] == """
        step 1: CPU0 kernel walker  get_page_unless_zero  page0.refcount 1 -> 2
        after 1 step
          1  CPU0 kernel walker  put_page > page_ref_dec_and_test                page0.refcount 2 -> 1
          2  CPU1 virtio-mem     virtio_mem_set_fake_offline > __SetPageOffline  page0.type none -> offline
        """)
    #expect(
      answers[4] == """
        step 5: CPU0 kernel walker  put_page > __put_page > free_unref_page  page0.free_list none -> pcp(0)
        after 5 steps
          !! violated, no longer true: a page that virtio-mem owns is on no free list
          ** goal reached: every page is PageOffline with reference count 0
          every actor is finished or rests: no step can be taken
        """)
  }

  @Test(
    "a step is taken by its name, or by as much of it as says which",
    arguments: [
      "__SetPageOffline", "__SetP", "virtio-mem __SetPageOffline",
      "virtio_mem_set_fake_offline > __SetPageOffline", "virtio-mem", "virtio-mem virtio_mem_set",
      "_",
    ])
  func named(line: String) { #expect(answers([line]) == answers(["2"])) }

  @Test("a name that may be any of several says so, and one that is near is named")
  func wrongNames() {
    #expect(
      answers(["1", "put_page > page_ref_dec_and_test"]) == answers(["1", "1"]))
    let two = "simulate put-page-race --variant put-page-hook --set walkers=2"
    #expect(
      answers(["get_page_unless_zero"], two).first
        == "'get_page_unless_zero' may be step 1 or 2: say more of it, or its number")
    #expect(answers(["kernel walker 1 get_page"], two) == answers(["2"], two))
    #expect(
      answers(["__SetPageOfline"]).first
        == "'__SetPageOfline' is nothing that can be said; did you mean '__SetPageOffline'?; ? lists what can"
    )
  }

  @Test("going back and starting anew lead to where the walk was")
  func back() {
    let answers = answers(["1", "2", "b", "2", "b 2", "1", "reset", "", "b", "t"])
    #expect(answers[2].hasPrefix("after 1 step\n"))
    #expect(answers[3] == answers[1])
    #expect(answers[4].hasPrefix("at the start\n"))
    #expect(answers[6] == answers[4] && answers[7] == answers[4])
    #expect(answers[8] == "the walk is at its start")
    #expect(answers[9] == "no step was taken yet")
  }

  @Test("the state is shown, and what was done")
  func state() {
    let answers = answers(["1", "s", "t"])
    #expect(answers[1].contains("page0.refcount        = 2\n"))
    #expect(answers[1].contains("page0.type            = none\n"))
    #expect(!answers[1].contains(".location"))
    #expect(answers[2] == "  1  CPU0 kernel walker  get_page_unless_zero  page0.refcount 1 -> 2")
  }

  @Test("steps at random are the same for the same seed, and stop where something is wrong")
  func random() {
    let walks = (1...20).map { answers(["r 99"], "simulate put-page-race --seed \($0)")[0] }
    #expect(Set(walks).count > 1)
    #expect(walks == (1...20).map { answers(["r 99"], "simulate put-page-race --seed \($0)")[0] })
    #expect(walks.contains { $0.contains("!! violated") })
  }

  /// Lines that ask for nothing that can be done, after one step.
  static let wrongLines: [(line: String, said: String)] = [
    ("0", "the step's number is 0, but must be from 1 to 2"),
    ("3", "the step's number is 3, but must be from 1 to 2"),
    ("-1", "the step's number is -1, but must be from 1 to 2"),
    (
      "99999999999999999999",
      "the step's number must be a whole number from 1 to 2, and '99999999999999999999' is far outside"
    ),
    ("x", "'x' is nothing that can be said; ? lists what can"),
    ("1 2", "'1 2' is nothing that can be said; ? lists what can"),
    ("1\u{1B}[2J", "'1?[2J' is nothing that can be said; ? lists what can"),
    ("s s", "'s s' is nothing that can be said; ? lists what can"),
    ("b 0", "the number of steps is 0, but must be from 1 to 10000"),
    ("r many", "the number of steps must be a whole number from 1 to 10000, not 'many'"),
    ("n", "the walk is at the end of the saved trace, or off it; b goes back"),
    ("w", "w needs FILE"),
    (
      "w = 3",
      "no step that can be taken is called 'w = 3', and no walk is saved: 'w FILE' saves it, as 'w walk.json'"
    ),
    (
      "w /no/such/folder/walk.json",
      "the file '/no/such/folder/walk.json' can't be written: there is no folder '/no/such/folder'"
    ),
    ("w /tmp", "the file '/tmp' can't be written: Is a directory"),
  ]

  @Test("a wrong line gets one line of help, and nothing is lost", arguments: wrongLines.indices)
  func wrongLine(number: Int) {
    let (line, said) = Self.wrongLines[number]
    let answers = answers(["1", line, ""])
    #expect(answers[1] == said)
    #expect(answers[2].hasPrefix("after 1 step\n"))
    #expect(answers[0].hasSuffix(answers[2]))
  }

  @Test(
    "a step that is called as a command is taken by its name, and what is only the command's word is that"
  )
  func namesLikeCommands() {
    let names = ["write x", "w = 1", "n = 1", "r", "b more"]
    let model = Model(
      name: "commands", summary: "", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      let x = b.field("x", .range(0...1), initially: 0)
      for (number, name) in names.enumerated() {
        b.actor("actor \(number)", on: b.cpu()) { _ in Step(name, .store(x)) { 1 } }
      }
    }
    func answers(_ lines: String...) -> [String] {
      CommandLineTests.run(
        ["simulate", "commands", "--interactive"], input: lines, models: [model]
      ).output.components(separatedBy: "\n> ").dropFirst().map { String($0) }
    }
    for line in ["write x", "write", "wri", "w = 1", "w =", "n = 1", "b more", "actor 3 r"] {
      #expect(answers(line)[0].contains("after 1 step\n"), "\(line)")
    }
    #expect(answers("w")[0].contains("w needs FILE"))
    #expect(answers("b")[0].contains("the walk is at its start"))
    #expect(answers("n")[0].contains("the walk is at the end of the saved trace"))
    #expect(answers("r", "t")[1].contains("  1  CPU"))
  }

  @Test("every line that help names is understood")
  func help() {
    let help = answers(["?"])[0]
    let words = help.components(separatedBy: "\n\n")[0].split(separator: "\n")
      .compactMap { $0.split(separator: " ").first }
    #expect(words.count == 11)
    for word in words where !["N", "NAME", "(enter)"].contains(word) {
      #expect(!(answers([String(word)]).first ?? "").contains("nothing that can be said"))
    }
  }

  @Test("q, and the end of the input, end it")
  func quit() {
    #expect(run("simulate put-page-race --interactive", "q", "1").output.hasSuffix("\n> q\n"))
    #expect(run("simulate put-page-race --interactive").output.hasSuffix("\n> \n"))
  }

  @Test("a walk is saved wherever it stands, and a saved trace is stepped through")
  func saving() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage walk \(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let early = answers(["1", "w  \(path) ", "2", "2", "1", "1"])
    #expect(early[1] == "saved 1 step")
    let stops = CommandLineTests.run(["replay", path])
    #expect(stops.status == .asItShouldBe)
    #expect(stops.output.contains("The walk just stops there, and says nothing of its end."))

    let late = answers(["1", "2", "2", "1", "1", "w \(path)"])
    #expect(late[5] == "saved 5 steps, violated: a page that virtio-mem owns is on no free list")
    #expect(CommandLineTests.run(["replay", path]).output.contains("AS SAVED, 5 steps"))

    func replayed(_ lines: String...) -> String {
      CommandLineTests.run(["replay", path, "--interactive"], input: lines).output
    }
    let end = "the walk is at the end of the saved trace, or off it; b goes back"
    let whole = replayed("n 9", "n", "b 4", "n 2", "q")
    #expect(whole.hasPrefix("AS SAVED, 5 steps, violated: a page that"))
    #expect(whole.contains("after 5 steps\n  !! violated"))
    #expect(whole.contains("> n\n\(end)\n"))
    #expect(whole.contains("\nafter 3 steps\n"))
    // The trace's third step could be taken here too, but the first two were others.
    #expect(replayed("2", "1", "n").contains("> n\n\(end)\n"))
  }
}
