import Foundation
import ModelChecking
import Models
import StraypageCLI
import Testing

@Suite("What is drawn from the declared options")
struct DeclarationTests {
  private static let commands = Command.all.map(\.name)

  private func command(_ name: String) throws -> Command {
    try #require(Command.all.first { $0.name == name })
  }

  private func output(_ arguments: String...) -> String {
    let result = CommandLineTests.run(arguments)
    #expect(result.status == .asItShouldBe)
    return result.output
  }

  /// The names and value words in lines such as "  -h, --help  text" and "  --set BOUND=N  text".
  private func options(ofHelp text: String) -> [String] {
    text.matches(of: #/\n  (?:-[a-z], )?(--[a-z-]+(?: [A-Z=]+)?) /#).map { String($0.1) }
  }

  private func shown(_ options: [any DeclaredOption]) -> [String] {
    options.map { $0.name + ($0.value.map { " \($0.placeholder)" } ?? "") }
  }

  /// The section of a manual page as plain text: without fonts and escapes.
  private func manual(section title: String) throws -> String {
    let plain = output("man").replacing(/\\f[BIR]/, with: "").replacing("\\-", with: "-")
      .replacing("\\(aq", with: "'")
    let start = try #require(plain.firstRange(of: "\(title)\n"), "\(title)").upperBound
    return String(plain[start...].prefix(upTo: plain[start...].firstRange(of: "\n.S")!.lowerBound))
  }

  @Test("help, manual and completion name each option, and nothing else", arguments: commands)
  func options(of name: String) throws {
    let command = try command(name)
    let help = output(name, "--help")
    #expect(options(ofHelp: help) == shown(command.options))

    let usage = try #require(help.firstMatch(of: /Usage: (.*)\n/)).1
    let manual = try manual(section: ".SS \"\(usage)\"")
    #expect(
      manual.matches(of: /\n.TP\n(?:-[a-z], )?(--[^\n]*)\n/).map { String($0.1) }
        == shown(command.options))
    for option in command.options {
      #expect(help.contains(" \(option.help)\n") && manual.contains("\n\(option.help)."))
    }

    let offered = output("complete", "--", name, "--").split(separator: "\n").dropFirst()
    #expect(offered.map { String($0.prefix { $0 != "\t" }) } == command.options.map(\.name))
  }

  @Test("what help names is what the parser knows", arguments: commands)
  func parsing(of name: String) throws {
    for option in options(ofHelp: output(name, "--help")) where option != "--help" {
      let words = option.split(separator: " ")
      let result = CommandLineTests.run([name, "\(words[0])="])
      #expect(result.status == .badInput)
      let error =
        words.count == 1
        ? "option '\(words[0])' takes no value" : "option '\(words[0])' needs \(words[1])"
      #expect(result.error.hasPrefix("straypage: \(error)\n"))
    }
    #expect(
      CommandLineTests.run([name, "--nothing-like-it"]).error
        .hasPrefix("straypage: '\(name)' has no option '--nothing-like-it'"))
  }

  @Test("the tool's own options and its commands are in help, manual and completion")
  func overview() throws {
    let help = output("--help")
    #expect(help == output("-h") && help == output("help"))
    #expect(options(ofHelp: help) == shown(Command.toolOptions))
    let offered = output("complete", "--", "--").split(separator: "\n").dropFirst()
    #expect(
      offered.map { String($0.prefix { $0 != "\t" }) } == Command.toolOptions.map(\.name))
    let commands = output("complete", "--", "").split(separator: "\n").dropFirst()
    #expect(commands.map { String($0.prefix { $0 != "\t" }) } == Self.commands)
    let page = output("man")
    for command in Command.all {
      #expect(help.contains("\n  \(command.name) ") && help.contains("  \(command.summary)\n"))
      #expect(page.contains("\n.SS \"straypage \(command.name)"))
    }
    for option in try manual(section: ".SH OPTIONS").matches(of: /--[a-z]+/) {
      #expect(CommandLineTests.run([String(option.0)]).status == .asItShouldBe)
    }
  }

  @Test("help fits a terminal", arguments: commands)
  func width(of name: String) {
    #expect(output(name, "--help").split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("help wins over all else, but for what comes after --")
  func helpFirst() {
    #expect(output("check", "--save-trace", "-h").hasPrefix("Usage: straypage check MODEL"))
    #expect(
      CommandLineTests.run(["check", "--", "--help"]).error
        .hasPrefix("straypage: there is no model '--help'"))
  }
}
