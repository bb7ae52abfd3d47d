import Foundation
import Testing

/// What only a process of its own can show: signals, memory, the two streams.
@Suite("The program as a process", .serialized)
struct ProcessTests {
  /// The built program, beside the tests.
  static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "straypage")

  private func start(_ arguments: String) throws -> (Process, output: Pipe, error: Pipe) {
    let process = Process()
    let (output, error) = (Pipe(), Pipe())
    process.executableURL = Self.program
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.standardOutput = output
    process.standardError = error
    try process.run()
    return (process, output, error)
  }

  private func text(_ pipe: Pipe) -> String {
    String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  }

  @Test("results go to standard output and errors to standard error")
  func streams() throws {
    let (good, goodOutput, goodError) = try start("check put-page-race")
    #expect(text(goodOutput).contains("VIOLATED after 5 steps"))
    #expect(text(goodError) == "")
    good.waitUntilExit()
    #expect(good.terminationStatus == 1)
    let (bad, badOutput, badError) = try start("check nothing")
    #expect(text(badOutput) == "")
    #expect(text(badError).hasPrefix("straypage: there is no model 'nothing'"))
    bad.waitUntilExit()
    #expect(bad.terminationStatus == 2)
  }

  @Test("install puts the program itself, its manual and its completions below a folder")
  func install() throws {
    let prefix = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: prefix) }
    let (process, output, error) = try start("install --prefix \(prefix.path)")
    let written = text(output).split(separator: "\n").map(String.init)
    #expect(text(error) == "")
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let files = try FileManager.default.subpathsOfDirectory(atPath: prefix.path)
      .map { prefix.appending(path: $0).path }
      .filter { !isFolder($0) }
    #expect(files.sorted() == written.sorted() && files.count == 5)
    #expect(
      FileManager.default.contentsEqual(
        atPath: prefix.appending(path: "bin/straypage").path, andPath: Self.program.path))
    #expect(FileManager.default.isExecutableFile(atPath: prefix.path + "/bin/straypage"))
    // Once more, over what is there.
    let (again, _, _) = try start("install --prefix \(prefix.path)")
    again.waitUntilExit()
    #expect(again.terminationStatus == 0)
    // A file stands where a folder should be.
    let (bad, _, badError) = try start("install --prefix \(prefix.path)/bin/straypage")
    #expect(text(badError).contains("straypage: the folder '"))
    bad.waitUntilExit()
    #expect(bad.terminationStatus == 2)
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  @Test(
    "Ctrl-C, SIGTERM and SIGHUP end the search with what was explored, as inconclusive",
    arguments: [SIGINT, SIGTERM, SIGHUP])
  func interruption(signal: Int32) throws {
    let (process, output, _) = try start(
      "check page-churn --set pages=6 --set walkers=6 --memory 2G --no-reduction")
    Thread.sleep(forTimeInterval: 0.5)
    kill(process.processIdentifier, signal)
    let report = text(output)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 3)
    #expect(report.contains("INCONCLUSIVE: the search was interrupted"))
    #expect(report.contains(/so far [0-9,]{5,} states/))
  }

  @Test("Ctrl-C ends a gate with what was done, as inconclusive")
  func interruptedGate() throws {
    let (process, output, _) = try start(
      "gate put-page-race page-churn --only put-page-race/as-reported --only page-churn/plain "
        + "--large --threads 1")
    // The first row is there at once; the second takes seconds, if it has begun by then.
    var report = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    process.interrupt()
    report += text(output)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 3)
    #expect(report.hasPrefix("ok            put-page-race/as-reported "))
    #expect(report.contains("\n2 variants: 1 as expected"))
    #expect(
      report.contains("page-churn/plain: inconclusive (interrupted)")
        || report.contains("page-churn/plain: not run: interrupted"))
  }

  @Test("a memory limit of 64 MB is kept, and the figures so far are told", arguments: [1, 2, 4])
  func memoryLimit(threads: Int) throws {
    let (process, output, _) = try start(
      "check page-churn --set pages=4 --set walkers=4 --memory 64M --threads \(threads) "
        + "--no-reduction --format json")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(text(output).utf8)) as? [String: Any])
    process.waitUntilExit()
    #expect(process.terminationStatus == 3)
    #expect(report["verdict"] as? String == "inconclusive")
    #expect(report["limit"] as? String == "memory")
    #expect(try #require(report["states"] as? Int) > 1_000_000)
    #expect(try #require(report["peakBytes"] as? Int) < 64 << 20 * 6 / 5)
  }
}
