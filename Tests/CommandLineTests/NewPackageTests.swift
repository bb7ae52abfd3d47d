import Foundation
import StraypageCLI
import Testing

@Suite("A package that is written")
struct NewPackageTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }

  @Test("has the sources of the one that CI builds, and a manifest with its name and its library")
  func files() throws {
    try withFolder { folder in
      let package = folder.appending(path: "my-races")
      let result = CommandLineTests.run(["new", "--package", package.path])
      #expect(result.status == .asItShouldBe)
      #expect(result.output.hasSuffix("In there, try 'swift run my-races gate'.\n"))
      let built = Self.root.appending(path: "Tests/OwnPackage")
      for path in [
        "Sources/my-races/main.swift", "Sources/my-races/Tool.swift",
        "Sources/my-races/DoublePut.swift",
        "Tests/my-racesTests/ToolTests.swift",
      ] {
        #expect(
          try text(package.appending(path: path)) == text(built.appending(path: path)), "\(path)")
      }
      let manifest = try text(package.appending(path: "Package.swift"))
      #expect(manifest.contains("  name: \"my-races\",\n"))
      #expect(
        manifest.contains(
          "dependencies: [.package(name: \"straypage\", path: \"\(Self.root.path)\")],"))
      #expect(
        manifest.contains(".testTarget(name: \"my-racesTests\", dependencies: [\"my-races\"])"))
      #expect(try text(package.appending(path: ".gitignore")) == "/.build/\n")
    }
  }

  @Test("may have its library elsewhere: a folder, or a URL")
  func library() throws {
    try withFolder { folder in
      func manifest(_ name: String, _ library: String) throws -> String {
        let path = folder.appending(path: name)
        let result = CommandLineTests.run(["new", "--package", path.path, "--library", library])
        #expect(result.status == .asItShouldBe, "\(result.error)")
        return try text(path.appending(path: "Package.swift"))
      }
      let own = Self.root.appending(path: "Tests/OwnPackage").path
      let inFolder = try manifest("a", "\(own)/../OwnPackage")
      #expect(inFolder.contains(".package(name: \"straypage\", path: \"\(own)\")"))
      let elsewhere = try manifest("b", "https://example.org/straypage.git")
      #expect(
        elsewhere.contains(
          ".package(url: \"https://example.org/straypage.git\", branch: \"main\")"))
    }
  }

  @Test("is refused with what is wrong, and nothing is written")
  func refused() throws {
    try withFolder { folder in
      let there = folder.appending(path: "there").path
      try FileManager.default.createDirectory(
        atPath: there, withIntermediateDirectories: false)
      for (arguments, message) in [
        (["--package", there], "'\(there)' is there already, and stays as it is"),
        (
          ["--package", "\(folder.path)/1st"],
          "a package's name is a word of letters, digits and hyphens that begins with a letter, not '1st'"
        ),
        (
          ["--package", "\(folder.path)/new", "--library", folder.path],
          "'\(folder.path)' is no package: there is no file '\(folder.path)/Package.swift'"
        ),
        (["my", "--library", "x"], "'--library' is about a package, and '--package' is not given"),
      ] {
        let result = CommandLineTests.run(["new"] + arguments)
        #expect(result.status == .badInput)
        #expect(result.error.contains(message), "\(result.error)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["there"])
    }
  }
}
