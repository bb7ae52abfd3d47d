import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("Checkpoints of check")
struct CheckpointCommandTests {
  /// A folder that goes with the test.
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    init() throws {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] }
    var file: URL { url.appending(path: "kept") }

    /// `check put-page-race`, with the file as its checkpoint.
    func check(_ arguments: String, isKept: Bool = true) -> CommandLineTests.Result {
      CommandLineTests.run(
        ["check", "put-page-race"] + (isKept ? ["--checkpoint", file.path] : [])
          + arguments.split(separator: " ").map(String.init))
    }

    /// What is said against it, without the folder.
    func objection(_ arguments: String) -> String {
      let result = check(arguments)
      #expect(result.status == .badInput)
      #expect(result.output == "")
      return String(result.error.split(separator: "\n").first ?? "")
        .replacing("straypage: ", with: "").replacing(url.path + "/", with: "")
    }
  }

  private static let cut = "--no-reduction --time 0.0001ms"

  @Test("a search is kept in an ordinary file, and no other is opened")
  func otherFiles() throws {
    for make in [{ symlink("/dev/null", $0) }, { mkfifo($0, 0o600) }] {
      let folder = try Folder()
      try #require(make(folder.file.path) == 0)
      for resume in ["", " --resume"] {
        try #require(folder.objection("--no-reduction\(resume)") == "'kept' is no ordinary file")
      }
    }
  }

  @Test("a search goes on from its file, which goes with the verdict")
  func goesOn() throws {
    let folder = try Folder()
    let cut = folder.check(Self.cut)
    #expect(cut.status == .inconclusive)
    #expect(cut.error.hasSuffix("/kept'; with '--resume' it goes on\n"))
    #expect(folder.names == ["kept"])
    let rest = folder.check("--no-reduction --resume --threads 2")
    #expect(rest.status == .violated)
    #expect(rest.error == "")
    let whole = folder.check("--no-reduction", isKept: false)
    #expect(
      CommandLineTests.withoutTiming(rest.output) == CommandLineTests.withoutTiming(whole.output))
    #expect(folder.names == [])
    let first = folder.check("--resume")
    #expect(first.status == .violated)
    #expect(first.error.hasSuffix("/kept' yet, so the search begins\n"))
  }

  @Test("a file that is there is not begun anew over")
  func isThere() throws {
    let folder = try Folder()
    _ = folder.check(Self.cut)
    let before = try Data(contentsOf: folder.file)
    #expect(
      folder.objection(Self.cut)
        == "the file 'kept' is there already; '--resume' goes on from it, and a search that begins anew "
        + "needs another")
    #expect(try Data(contentsOf: folder.file) == before)
  }

  @Test("one of another search is refused")
  func strangers() throws {
    let folder = try Folder()
    _ = folder.check(Self.cut)
    #expect(
      folder.objection("\(Self.cut) --resume --variant put-page-hook")
        .hasPrefix("'kept' is nothing to go on from: it is of another version of the model, '"))
    #expect(
      folder.objection("\(Self.cut) --resume --set walkers=2")
        .hasPrefix("'kept' is nothing to go on from: it is of another version of the model, '"))
    #expect(
      folder.objection("\(Self.cut) --resume --keep-going")
        == "'kept' is nothing to go on from: it is of another question, '--no-reduction', and this is "
        + "'--keep-going --no-reduction'")
    #expect(folder.objection("--every 5m --reference").contains("contradicts"))
    let alone = CommandLineTests.run(["check", "put-page-race", "--resume"])
    #expect(alone.error.hasPrefix("straypage: '--resume' needs '--checkpoint'\n"))
  }

  @Test("one that is damaged is refused, whatever was changed")
  func damaged() throws {
    let folder = try Folder()
    _ = folder.check(Self.cut)
    let whole = [UInt8](try Data(contentsOf: folder.file))
    var random = SplitMix64(seed: 1)
    for number in 0..<200 {
      var bytes = whole
      switch number % 4 {
      case 0: bytes.removeLast(1 + random.next(below: bytes.count))
      case 1: bytes += (0...random.next(below: 64)).map { _ in UInt8(random.next(below: 256)) }
      default: bytes[random.next(below: bytes.count)] ^= 1 << UInt8(random.next(below: 8))
      }
      try Data(bytes).write(to: folder.file)
      #expect(
        folder.objection("--no-reduction --resume").hasPrefix(
          "'kept' is nothing to go on from: it "),
        "mutation \(number)")
    }
    try Data(whole).write(to: folder.file)
    #expect(folder.check("--no-reduction --resume").status == .violated)
  }
}
