import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("Disks of check")
struct DiskCommandTests {
  private func check(_ arguments: String, _ more: [String] = []) -> CommandLineTests.Result {
    CommandLineTests.run(
      ["check", "put-page-race"] + arguments.split(separator: " ").map(String.init) + more)
  }

  @Test(
    "what can't be is said at once",
    arguments: [
      ("--disk none", "no states can lie in the folder 'none': No such file or directory"),
      ("--disk-limit 1G", "'--disk-limit' needs '--disk'"),
      (
        "--disk . --disk-limit much",
        "--disk-limit must be a number with a unit, such as 512M or 8G, not 'much'"
      ),
      ("--disk . --disk-limit 0G", "--disk-limit must be more than 0, not '0G'"),
      (
        "--disk . --reference",
        "'--disk' contradicts '--reference': the reference search keeps no memory limit"
      ),
      (
        "--disk . --checkpoint kept",
        "'--checkpoint' contradicts '--disk': a search that is kept has its states in memory"
      ),
      ("--disk", "option '--disk' needs DIR"),
    ])
  func refusals(arguments: String, message: String) {
    let result = check(arguments)
    #expect(result.status == .badInput)
    #expect(result.output == "")
    #expect(result.error.hasPrefix("straypage: \(message)"), "\(result.error)")
  }

  @Test("a report says what lay on the disk, and nothing is left there")
  func report() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = check("--disk", [folder])
    #expect(text.status == .violated)
    #expect(text.output.contains("MB peak memory, 0 MB on disk"))
    let json = try #require(
      try JSONSerialization.jsonObject(
        with: Data(check("--format json --disk-limit 1T --disk", [folder]).output.utf8))
        as? [String: Any])
    #expect(json["diskBytes"] as? Int == 0 && json["diskTrouble"] == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    #expect(!check("").output.contains("on disk"))
  }
}
