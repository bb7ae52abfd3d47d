import Foundation
import Testing

/// Scripts that use the built program from other programs. Each skips what isn't there.
@Suite("The program in a shell", .serialized)
struct ShellTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Shells")

  @Test(
    "completes in bash, zsh and fish, has a manual, and runs its examples",
    arguments: ["check-completion", "check-manual", "run-examples"])
  func script(name: String) throws {
    let process = Process()
    let output = Pipe()
    process.executableURL = Self.folder.appending(path: name)
    process.arguments = [ProcessTests.program.path]
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
