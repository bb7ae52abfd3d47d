import Foundation
import ModelChecking
import Models
import Testing

@Suite("Saved traces")
struct SavedTraceTests {
  /// A folder of the test's own, with what is in it.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString)")

    init() throws {
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: path) }

    func file(_ name: String) -> String { path.appending(path: name).path }
  }

  /// A model whose variants come to every kind of end that no model of the kernel comes to.
  private static let odd = Model(
    name: "odd", summary: "", sources: [], bounds: [],
    variants: ["stuck", "deadlock", "fault", "warning"].map {
      Variant($0, "", source: "", expect: .holds, design: $0)
    }
  ) { b, design, _ in
    let n = b.field("n", .range(0...2), initially: 0)
    b.actor("retry", on: b.cpu()) { _ in
      Step("start", .store(n)) { design == "fault" ? 3 : 1 }
      if design == "deadlock" { Step("wait", .wait(n)) { $0 == 0 } }
      if design == "stuck" {
        Loop {
          Step("up", .store(n)) { 2 }
          Step("down", .store(n)) { 1 }
        }
      }
    }
    b.invariant("n is not 1", severity: .warning) { s in design != "warning" || s[n] != 1 }
    b.goal("n is 0", design == "stuck" ? .alwaysReachable : .reachable) { s in s[n] == 0 }
  }

  private static let models = Model.all + [odd]

  private func run(_ arguments: String...) -> CommandLineTests.Result {
    CommandLineTests.run(arguments, models: Self.models)
  }

  private static let traces: [(model: String, variant: String)] =
    Model.all.flatMap { model in
      model.variants.filter { $0.expected.verdict != .holds }.map { (model.name, $0.name) }
    } + odd.variants.map { ("odd", $0.name) }

  @Test("every trace that check prints is saved, and goes again as it was")
  func everyTrace() throws {
    let folder = try Folder()
    for (model, variant) in Self.traces {
      let path = folder.file("trace.json")
      let check = run("check", model, "--variant", variant, "--save-trace", path)
      #expect(check.status == .violated, "\(model) \(variant)")
      #expect(check.error == "")
      let replay = run("replay", path)
      #expect(replay.status == .asItShouldBe, "\(model) \(variant): \(replay.output)")
      #expect(replay.output.contains("AS SAVED, "))
      // Both draw the same.
      let story = replay.output.components(separatedBy: "\n\n").dropFirst(2).dropLast()
      #expect(
        check.output.contains("\n\n\(story.joined(separator: "\n\n"))\n\n"),
        "\(model) \(variant): \(story)")
    }
  }

  @Test("the file is the same on every run, and what check prints is not changed by it")
  func repeatable() throws {
    let folder = try Folder()
    let files = [folder.file("a.json"), folder.file("b.json")]
    let reports = zip(files, ["1", "2"]).map { file, threads in
      run("check", "put-page-race", "--threads", threads, "--save-trace", file).output
    }
    #expect(
      try Data(contentsOf: URL(filePath: files[0])) == Data(contentsOf: URL(filePath: files[1])))
    let plain = CommandLineTests.withoutTiming(run("check", "put-page-race").output)
    for report in reports { #expect(CommandLineTests.withoutTiming(report) == plain) }
  }

  @Test("where nothing was found, a file is left as it was and none is made")
  func nothingToSave() throws {
    let folder = try Folder()
    let (old, new) = (folder.file("old.json"), folder.file("new.json"))
    try Data("kept".utf8).write(to: URL(filePath: old))
    for path in [old, new] {
      let result = run(
        "check", "put-page-race", "--variant", "put-page-hook", "--save-trace", path)
      #expect(result.status == .asItShouldBe)
      #expect(result.output.contains("HOLDS"))
      #expect(
        result.error
          == "straypage: nothing was found, so no trace is saved and '\(path)' is as it was\n")
    }
    #expect(try String(contentsOfFile: old, encoding: .utf8) == "kept")
    #expect(!FileManager.default.fileExists(atPath: new))
    #expect(
      run("check", "put-page-race", "--save-trace", new, "--memory", "1M").status == .badInput)
    #expect(!FileManager.default.fileExists(atPath: new))
  }

  /// Changes to a saved trace of the race as reported, by a text that is replaced, with what is said.
  static let damages: [(old: String, new: String, said: String)] = [
    (
      "\"traceFormat\" : 2", "\"format\" : 1",
      "it is no saved trace: it has no member 'traceFormat'"
    ),
    ("\"traceFormat\" : 2", "\"traceFormat\" : 0", "there is no trace format 0"),
    (
      "\"traceFormat\" : 2", "\"traceFormat\" : 1",
      "it is of format 1, which is no longer read; 'check --save-trace' makes a new file"
    ),
    (
      "\"traceFormat\" : 2", "\"traceFormat\" : 3",
      "it is of format 3, and this program reads no newer one than 2"
    ),
    (
      "\"traceFormat\" : 2", "\"traceFormat\" : \"1\"",
      "its member 'traceFormat' must be a whole number"
    ),
    (
      "\"traceFormat\" : 2", "\"traceFormat\" : 99999999999999999999",
      "one of its numbers is too large, or no whole number"
    ),
    ("\"model\" : \"put-page-race\"", "\"x\" : 1", "its member 'model' is missing"),
    (
      "\"model\" : \"put-page-race\"", "\"model\" : \"put-page-rcae\"",
      "there is no model 'put-page-rcae'; did you mean 'put-page-race'?"
    ),
    ("\"model\" : \"put-page-race\"", "\"model\" : null", "its member 'model' must be text"),
    (
      "\"variant\" : \"as-reported\"", "\"variant\" : \"as-repoted\"",
      "model 'put-page-race' has no variant 'as-repoted'; did you mean 'as-reported'?"
    ),
    (
      "\"pages\" : 1", "\"pages\" : 9",
      "bound 'pages' of model 'put-page-race' is 9, but must be from 1 to 4"
    ),
    ("\"pages\" : 1,", "", "bound 'pages' of model 'put-page-race' is missing"),
    (
      "\"pages\" : 1", "\"pages\" : 1, \"page\" : 1",
      "model 'put-page-race' has no bound 'page'; did you mean 'pages'?"
    ),
    (
      "\"pages\" : 1", "\"pages\" : 1.5", "one of its numbers is too large, or no whole number"
    ),
    (
      "\"walkers\" : 1", "\"walkers\" : 2",
      "it was made with another version of model 'put-page-race': the actor kernel walker is gone, "
        + "the actor kernel walker 0 is new, the actor kernel walker 1 is new, "
        + "and 2 more such changes"
    ),
    (
      "\"field page0.refcount\" : \"", "\"field page0.refcount\" : \"0",
      "it was made with another version of model 'put-page-race': the field page0.refcount has changed"
    ),
    (
      "\"end\" : \"violated\"", "\"end\" : \"bang\"",
      "its member 'end' must be one of 'violated', 'assertion failed', 'data race', 'deadlock', 'stuck', 'not inevitable', 'goal unreachable', 'lock misused', 'faulted'"
    ),
    (
      "\"model\" :", "\"dataRaces\" : \"x\", \"model\" :",
      "its member 'dataRaces' must be true or false"
    ),
    ("\"property\" :", "\"x\" :", "its member 'property' is missing"),
    ("\"end\" :", "\"x\" :", "its member 'end' is missing"),
    ("\"cpu\" : 0", "\"cpu\" : true", "its member 'steps[0].cpu' must be a whole number"),
    ("\"field\" :", "\"fields\" :", "its member 'steps[0].changes[0].field' is missing"),
    ("\"steps\" : [", "\"steps\" : {}, \"x\" : [", "its member 'steps' must be a list"),
    ("\"as-reported\"\n}", "\"as-reported\"\n", "it is no JSON, or was cut off"),
  ]

  /// The file of the race as reported.
  private func race(_ folder: Folder) throws -> String {
    let path = folder.file("race.json")
    #expect(run("check", "put-page-race", "--save-trace", path).status == .violated)
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  private func replay(_ text: String, _ folder: Folder) throws -> CommandLineTests.Result {
    try replay(Data(text.utf8), folder)
  }

  private func replay(_ data: Data, _ folder: Folder) throws -> CommandLineTests.Result {
    let path = folder.file("damaged.json")
    try data.write(to: URL(filePath: path))
    return run("replay", path)
  }

  @Test("each kind of damage is refused with one error that names it")
  func damage() throws {
    let folder = try Folder()
    let whole = try race(folder)
    for (old, new, said) in Self.damages {
      #expect(whole.contains(old))
      let result = try replay(whole.replacing(old, with: new, maxReplacements: 1), folder)
      let path = folder.file("damaged.json")
      #expect(result.status == .badInput, "\(new)")
      #expect(result.output == "")
      #expect(
        result.error.split(separator: "\n").first.map(String.init)
          == "straypage: '\(path)' can't be replayed: \(said)")
    }
    for (text, said) in [
      ("", "it is empty"), ("\u{0}\u{1}", "it is no JSON, or was cut off"),
      ("[]", "it is no saved trace: it is no JSON object"),
      (String(repeating: "[", count: 100_000), "it is no JSON, or was cut off"),
    ] {
      let result = try replay(text, folder)
      #expect(result.status == .badInput)
      #expect(result.error.contains("can't be replayed: \(said)\n"), "\(result.error)")
    }
  }

  @Test(
    "a trace in another encoding than UTF-8 is named as such",
    arguments: [
      String.Encoding.utf16, .utf16BigEndian, .utf16LittleEndian, .utf32, .utf32BigEndian,
      .utf32LittleEndian,
    ])
  func encodings(encoding: String.Encoding) throws {
    let folder = try Folder()
    let path = folder.file("trace.json")
    try #require(try race(folder).data(using: encoding)).write(to: URL(filePath: path))
    let result = run("replay", path)
    #expect(result.status == .badInput)
    #expect(result.error.contains("can't be replayed: it is not in UTF-8\n"), "\(result.error)")
  }

  /// Changes after which the trace can be run, with what is said of it.
  static let differences: [(old: String, new: String, said: String)] = [
    (
      "\"step\" : \"get_page_unless_zero\"", "\"step\" : \"get_page\"",
      "step 1: it was 'get_page', and now is 'get_page_unless_zero'"
    ),
    ("\"actor\" : \"virtio-mem\"", "\"actor\" : \"xen\"", "step 2: there is no actor 'xen'"),
    ("\"cpu\" : 1", "\"cpu\" : 0", "step 2: it was on CPU0, and now is on CPU1"),
    (
      "\"alternative\" : 0", "\"alternative\" : -7",
      "step 1: kernel walker can't take 'get_page_unless_zero' there, but 'get_page_unless_zero'"
    ),
    (
      "\"value\" : \"1\"", "\"value\" : \"2\"",
      "step 1: it saw page0.refcount = 2, and now sees page0.refcount = 1"
    ),
    (
      "\"after\" : \"2\"", "\"after\" : \"\\u001b[2J\\n\"",
      "step 1: it changed page0.refcount 1 -> ?[2J?, "
        + "and now changes page0.refcount 1 -> 2"
    ),
    (
      "\"property\" : \"a page that virtio-mem owns is on no free list\"",
      "\"property\" : \"no page's reference count goes below 0\"",
      "the end: it is true at the end that no page's reference count goes below 0"
    ),
    (
      "\"end\" : \"violated\"", "\"end\" : \"deadlock\"",
      "the end: there is no deadlock at the end"
    ),
  ]

  @Test("what goes otherwise than saved is told with its step, and status 1")
  func difference() throws {
    let folder = try Folder()
    let whole = try race(folder)
    for (old, new, said) in Self.differences {
      #expect(whole.contains(old))
      let result = try replay(whole.replacing(old, with: new, maxReplacements: 1), folder)
      #expect(result.status == .violated, "\(new): \(result.error)")
      let text = result.output.replacing("\n", with: " ")
      #expect(text.contains("DIFFERS at \(said) "), "\(result.output)")
    }
  }

  /// A generator of the test's own, so that the mutants are the same on every run.
  private struct Mutations {
    var random = SplitMix64(seed: 2026)

    mutating func mutant(of file: Data) -> Data {
      var bytes = [UInt8](file)
      for _ in 0...random.next(below: 3) {
        switch random.next(below: 12) {
        case 0: bytes = Array(bytes.prefix(random.next(below: bytes.count + 1)))
        case 1: changeBytes(&bytes)
        case 2: swapRanges(&bytes)
        case 3: changeNumber(&bytes)
        case 4: removeLines(&bytes)
        case 5: repeatLines(&bytes)
        case 6: swapTexts(&bytes)
        default: changeMembers(&bytes)
        }
      }
      return Data(bytes)
    }

    private mutating func place(in bytes: [UInt8]) -> Int {
      random.next(below: max(1, bytes.count))
    }

    private mutating func changeBytes(_ bytes: inout [UInt8]) {
      for _ in 0...random.next(below: 4) where !bytes.isEmpty {
        bytes[place(in: bytes)] = UInt8(truncatingIfNeeded: random.next())
      }
    }

    private mutating func swapRanges(_ bytes: inout [UInt8]) {
      let (a, b) = (place(in: bytes), place(in: bytes))
      let length = random.next(below: 40)
      guard a + length < b, b + length < bytes.count else { return }
      for offset in 0..<length { bytes.swapAt(a + offset, b + offset) }
    }

    private mutating func changeNumber(_ bytes: inout [UInt8]) {
      let digits = bytes.indices.filter { (48...57).contains(bytes[$0]) }
      if digits.isEmpty { return }
      let numbers = [
        "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e999",
        "0.5", "7", "-0", "1000000", "null", "\"\"",
      ]
      let digit = digits[random.next(below: digits.count)]
      bytes.replaceSubrange(
        digit...digit, with: Array(numbers[random.next(below: numbers.count)].utf8))
    }

    private mutating func lines(_ bytes: [UInt8]) -> (all: [ArraySlice<UInt8>], some: Range<Int>) {
      let all = bytes.split(separator: 10, omittingEmptySubsequences: false)
      let first = random.next(below: all.count)
      return (all, first..<min(all.count, first + 1 + random.next(below: 20)))
    }

    private mutating func removeLines(_ bytes: inout [UInt8]) {
      var (all, some) = lines(bytes)
      all.removeSubrange(some)
      bytes = Array(all.joined(separator: [10]))
    }

    private mutating func repeatLines(_ bytes: inout [UInt8]) {
      var (all, some) = lines(bytes)
      all.insert(contentsOf: all[some], at: random.next(below: all.count))
      bytes = Array(all.joined(separator: [10]))
    }

    /// Keeps the file JSON: steps are removed, doubled, swapped or put elsewhere, members dropped or
    /// exchanged.
    private mutating func changeMembers(_ bytes: inout [UInt8]) {
      guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)),
        var members = object as? [String: Any]
      else { return }
      let keys = members.keys.sorted()
      if keys.isEmpty { return }
      let (a, b) = (keys[random.next(below: keys.count)], keys[random.next(below: keys.count)])
      let lists = ["steps", "onward", "loop"]
      let list = lists[random.next(below: lists.count)]
      var steps = members["steps"] as? [Any] ?? []
      switch random.next(below: 8) {
      case 0: members[a] = nil
      case 1: (members[a], members[b]) = (members[b], members[a])
      case 2: members[list] = steps
      case 3 where !steps.isEmpty:
        steps.swapAt(random.next(below: steps.count), random.next(below: steps.count))
        members["steps"] = steps
      case 4 where !steps.isEmpty:
        steps.remove(at: random.next(below: steps.count))
        members["steps"] = steps
      case 5 where !steps.isEmpty:
        steps.insert(steps[random.next(below: steps.count)], at: random.next(below: steps.count))
        members["steps"] = steps
      case 6 where !steps.isEmpty, 7 where !steps.isEmpty:
        // A step gets a member of another one.
        let place = random.next(below: steps.count)
        var step = steps[place] as? [String: Any] ?? [:]
        let other = steps[random.next(below: steps.count)] as? [String: Any] ?? [:]
        let names = other.keys.sorted()
        if names.isEmpty { return }
        let name = names[random.next(below: names.count)]
        step[name] = other[name]
        steps[place] = step
        members["steps"] = steps
      default: break
      }
      if let data = try? JSONSerialization.data(
        withJSONObject: members, options: [.prettyPrinted, .sortedKeys])
      {
        bytes = [UInt8](data)
      }
    }

    /// Puts one quoted text of the file where another was.
    private mutating func swapTexts(_ bytes: inout [UInt8]) {
      let quotes = bytes.indices.filter { bytes[$0] == 34 }
      let pairs = quotes.count / 2
      if pairs < 2 { return }
      func text(_ pair: Int) -> ClosedRange<Int> { quotes[pair * 2]...quotes[pair * 2 + 1] }
      let (a, b) = (text(random.next(below: pairs)), text(random.next(below: pairs)))
      if bytes.indices.contains(b.upperBound) { bytes.replaceSubrange(a, with: bytes[b]) }
    }
  }

  @Test("1,000 traces changed at random are refused or replayed with a clear statement")
  func mutants() throws {
    let folder = try Folder()
    let originals = try [
      ("put-page-race", "as-reported"), ("put-page-race", "keep-reference"),
      ("put-page-race", "check-at-free"), ("odd", "stuck"), ("odd", "deadlock"), ("odd", "fault"),
      ("odd", "warning"),
    ].map { model, variant in
      let path = folder.file("original.json")
      _ = run("check", model, "--variant", variant, "--save-trace", path)
      return try Data(contentsOf: URL(filePath: path))
    }
    var mutations = Mutations()
    var counts: [Int32: Int] = [:]
    for number in 0..<1_000 {
      let result = try replay(mutations.mutant(of: originals[number % originals.count]), folder)
      counts[result.status.rawValue, default: 0] += 1
      switch result.status {
      case .badInput:
        let lines = result.error.split(separator: "\n")
        #expect(result.output == "" && lines.count == 2)
        let reason = lines[0].split(separator: " can't be replayed: ").last ?? ""
        #expect(reason.count > 5 && reason.count < 600, "\(lines[0])")
      case .asItShouldBe:
        #expect(result.output.contains("\nAS SAVED, "))
        #expect(result.output.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
      case .violated:
        #expect(result.output.contains("\nDIFFERS at "))
      case .inconclusive:
        Issue.record("no trace of so small a model is left open")
      }
    }
    // Each answer is given, or the mutations would show nothing.
    #expect((counts[0] ?? 0) > 20 && (counts[1] ?? 0) > 50 && (counts[2] ?? 0) > 300, "\(counts)")
  }
}
