import Foundation
import Reporting
import StraypageCLI
import Testing

@Suite("Text on a terminal")
struct TerminalTests {
  private static let able = ["TERM": "xterm", "LANG": "en_US.UTF-8"]

  private func output(
    _ arguments: String = "", columns: Int = 100, _ environment: [String: String]
  ) -> String {
    CommandLineTests.run(
      ["check", "put-page-race"] + arguments.split(separator: " ").map(String.init),
      on: Terminal(columns: columns, environment: environment)
    ).output
  }

  private func widest(_ text: String) -> Int {
    text.split(separator: "\n").map(\.count).max() ?? 0
  }

  @Test("a terminal gets arrows and colours; a pipe or a file depends on the command line alone")
  func ability() throws {
    let plain = CommandLineTests.run(["check", "put-page-race"]).output
    #expect(plain.utf8.allSatisfy { $0 < 128 && $0 != 27 })
    let able = output("", Self.able)
    #expect(able.contains("\u{1B}[") && able.contains("\u{2192}"))
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).txt").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(output("--output \(path)", columns: 60, Self.able) == "")
    let written = try String(contentsOfFile: path, encoding: .utf8)
    #expect(CommandLineTests.withoutTiming(written) == CommandLineTests.withoutTiming(plain))
  }

  static let environments: [(environment: [String: String], color: Bool, arrows: Bool)] = [
    (able, true, true),
    (["TERM": "xterm", "LANG": "C"], true, false),
    (["TERM": "xterm"], true, false),
    (["TERM": "xterm", "LANG": "en_US.UTF-8", "LC_ALL": "C"], true, false),
    (["TERM": "xterm", "LANG": "C", "LC_ALL": "", "LC_CTYPE": "de_DE.utf8"], true, true),
    (["TERM": "xterm", "LANG": "en_US.UTF-8", "NO_COLOR": "1"], false, true),
    (["TERM": "xterm", "LANG": "en_US.UTF-8", "NO_COLOR": ""], true, true),
    (["TERM": "dumb", "LANG": "en_US.UTF-8"], false, false),
    (["LANG": "en_US.UTF-8"], false, false),
  ]

  @Test("TERM, NO_COLOR and the locale are honoured", arguments: environments.indices)
  func environment(index: Int) {
    let (environment, color, arrows) = Self.environments[index]
    let text = output("", environment)
    #expect(text.contains("\u{1B}[") == color)
    #expect(text.contains("\u{2192}") == arrows)
  }

  @Test("--ascii and --color say more than the terminal")
  func options() {
    #expect(!output("--ascii", Self.able).contains("\u{2192}"))
    #expect(!output("--color never", Self.able).contains("\u{1B}"))
    #expect(output("--color always", ["TERM": "dumb"]).contains("\u{1B}"))
    #expect(
      CommandLineTests.run(["check", "put-page-race", "--color", "always"]).output
        .contains("\u{1B}"))
  }

  @Test("text is as wide as the terminal, within reason, or as --width says")
  func width() {
    for (columns, arguments, expected) in [
      (30, "", 60), (60, "", 60), (72, "", 72), (72, "--width terminal", 72), (0, "", 80),
      (72, "--width 100", 100),
    ] {
      let text = output(arguments + " --color never", columns: columns, Self.able)
      #expect(widest(text) <= expected && widest(text) > expected - 18, "\(columns) \(arguments)")
    }
  }

  @Test("help, lists, gates and walks keep to the terminal's width, and break no word")
  func everyCommand() {
    let commands =
      Command.all.map { [$0.name, "--help"] } + [
        ["--help"], ["list"], ["list", "pcp-isolation"],
        ["gate", "put-page-race", "--only", "*/upstream*"],
        ["simulate", "put-page-race", "--walks", "20"],
      ]
    for arguments in commands {
      func lines(_ columns: Int) -> [Substring] {
        let terminal = Terminal(columns: columns, environment: ["TERM": "dumb"])
        return CommandLineTests.run(arguments, on: terminal).output.split(separator: "\n")
      }
      let long = lines(60).filter { line in
        // A command line to be copied is one word.
        line.count > 60 && !line.hasPrefix("  straypage ") && !line.hasPrefix("Usage: ")
      }
      #expect(long == [], "\(arguments)")
      func words(_ lines: [Substring]) -> [Substring] {
        lines.filter { !$0.contains(" s, ") }.flatMap { $0.split(separator: " ") }
      }
      let isTable = arguments[0] == "gate" || arguments[0] == "simulate"
      #expect(isTable || words(lines(60)) == words(lines(160)), "\(arguments)")
    }
  }

  @Test("--full unfolds a long trace")
  func full() {
    let check = ["check", "hotplug-lifecycle", "--variant", "online-everything"]
    let folded = CommandLineTests.run(check).output
    let full = CommandLineTests.run(check + ["--full"]).output
    #expect(folded.contains("... 16 steps: online_pages, alloc_contig_range"))
    #expect(!full.contains("..."))
    for number in 10...45 { #expect(full.contains("\n  \(number) ")) }
    #expect(folded.contains("\n> 46 ") && full.contains("\n> 46 "))
  }
}
