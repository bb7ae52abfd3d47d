import Foundation
import Testing

/// The faults that need a process of their own are in Tests/Abuse.
@Suite("Files that reports are written to")
struct OutputFileTests {
  /// A folder of the test's own, with what is in it.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString)").path

    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, holding text: String? = nil) throws -> String {
      let file = "\(path)/\(name)"
      if let text { try text.write(toFile: file, atomically: false, encoding: .utf8) }
      return file
    }

    var names: [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    }
  }

  private func check(_ options: String...) -> CommandLineTests.Result {
    CommandLineTests.run(["check", "put-page-race"] + options)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test("links are followed, to what is there and to what isn't yet", arguments: [true, false])
  func links(isThere: Bool) throws {
    let folder = try Folder()
    let target = try folder.file("target", holding: isThere ? "old" : nil)
    for (link, place) in [("a", "target"), ("b", "\(folder.path)/a")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(link), withDestinationPath: place)
    }
    #expect(try check("--output", folder.file("b")).status == .violated)
    #expect(try text(target).contains("VIOLATED"))
    #expect(folder.names == ["a", "b", "target"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("a")) == "target")
  }

  @Test("a path that can't be written is refused before anything is made")
  func refused() throws {
    let folder = try Folder()
    let inside = try folder.file("file", holding: "old") + "/report"
    #expect(
      try check("--output", folder.file("new"), "--html", inside).error.hasPrefix(
        "straypage: the file '\(inside)' can't be written: Not a directory\n"))
    let slash = try folder.file("none/")
    #expect(
      check("--output", slash).error.hasPrefix(
        "straypage: the file '\(slash)' can't be written: Is a directory"))
    #expect(folder.names == ["file"])
  }

  @Test("one file may not get two reports, by whatever names")
  func sameFile() throws {
    let folder = try Folder()
    let old = try folder.file("old", holding: "old")
    try FileManager.default.linkItem(atPath: old, toPath: folder.file("hard"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("dangling"), withDestinationPath: "./new")
    for (a, b) in [("old", "hard"), ("old", "./old"), ("new", "dangling"), ("new", ".//new")] {
      let result = try check("--output", folder.file(a), "--html", folder.file(b))
      #expect(result.status == .badInput, "\(a) \(b)")
      #expect(result.error.contains("'--output' and '--html' name the same file"), "\(a) \(b)")
    }
    #expect(folder.names == ["dangling", "hard", "old"])
    #expect(try text(old) == "old")
    #expect(
      try check("--output", folder.file("old"), "--html", folder.file("new")).status == .violated)
  }

  @Test("permissions stay, and nothing is left beside the file")
  func permissions() throws {
    let folder = try Folder()
    let file = try folder.file("report", holding: "old")
    try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: file)
    #expect(check("--output", file).status == .violated)
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.posixPermissions] as? Int == 0o604)
    #expect(folder.names == ["report"])
  }

  @Test("every report is written that can be, and the first that can't is told")
  func others() throws {
    let folder = try Folder()
    let (page, trace) = try (folder.file("page"), folder.file("trace"))
    let result = check("--output", "/dev/full", "--save-trace", trace, "--html", page)
    #expect(result.status == .badInput)
    #expect(
      result.error.hasPrefix(
        "straypage: the file '/dev/full' could not be written: No space left on device\n"))
    #expect(result.output.contains("VIOLATED"))
    #expect(try text(page).hasSuffix("</html>\n"))
    #expect(try text(trace).contains("traceFormat"))
  }
}
