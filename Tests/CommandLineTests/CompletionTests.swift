import ModelChecking
import Models
import StraypageCLI
import Testing

@Suite("What a shell is offered")
struct CompletionTests {
  /// What is offered for the last word, which is the one at the cursor; empty after a blank.
  private func offer(_ line: String) -> [String] {
    let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    let result = CommandLineTests.run(["complete", "--"] + words)
    #expect(result.status == .asItShouldBe && result.error == "")
    let lines = result.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
    #expect(lines.first == "words" || lines == ["files"])
    return lines == ["files"] ? lines : Array(lines.dropFirst())
  }

  private static let models = Model.all.map(\.name)

  static let offers: [(line: String, offered: [String])] = [
    ("ch", ["check"]),
    ("nothing", []),
    ("--v", ["--version"]),
    ("nothing ", []),
    ("check ", models),
    ("list put", ["put-page-race"]),
    ("check --large put", ["put-page-race"]),
    ("check put-page-race --va", ["--variant"]),
    ("check put-page-race --variant freeze", ["freeze-count"]),
    ("check --variant freeze", []),
    ("check nothing --variant freeze", []),
    ("check put-page-race --variant=freeze", ["--variant=freeze-count"]),
    ("check put-page-race --set ", ["pages=", "walkers="]),
    ("check put-page-race --set pages=", ["pages=1", "pages=2", "pages=3", "pages=4"]),
    ("check put-page-race --set=pages=3", ["--set=pages=3"]),
    ("check put-page-race --set nothing=", []),
    ("check put-page-race --format ", ["text", "json", "changelog", "mermaid", "itf"]),
    ("check put-page-race --threads ", []),
    ("check put-page-race --html ", ["files"]),
    ("check put-page-race --html=x", ["files"]),
    // What was given is not offered again, unless it may be repeated.
    ("check put-page-race --large --set pages=1 --l", []),
    ("check put-page-race --large --set pages=1 --se", ["--set"]),
    ("check put-page-race --nothing --la", ["--large"]),
    // An option without its value takes none of the options that follow.
    ("check put-page-race --variant --large --la", []),
    ("check put-page-race -- --la", []),
    ("check -- put", ["put-page-race"]),
    ("replay ", ["files"]),
    ("replay race.json --int", ["--interactive"]),
    ("gate put-page-race page-c", ["page-churn"]),
    ("gate --only pcp-i", ["pcp-isolation"]),
    ("gate --except put-page-race/put", ["put-page-race/put-page-hook"]),
    ("gate --except nothing/", []),
    ("matrix pcp-isolation --pieces forced-d", ["forced-drain"]),
    ("matrix pcp-isolation --pieces forced-drain,f", ["forced-drain,first-test"]),
    ("completion ", ["bash", "zsh", "fish"]),
    ("man ", ["--help"]),
  ]

  @Test("is what may stand there", arguments: offers.indices)
  func words(index: Int) {
    let (line, offered) = Self.offers[index]
    #expect(offer(line) == offered, "\(line)")
  }

  @Test("is what can be run: each model with each variant, setting and piece", arguments: Model.all)
  func models(model: Model) throws {
    #expect(offer("simulate \(model.name) --variant ") == model.variants.map(\.name))
    #expect(
      offer("gate --only \(model.name)/") == model.variants.map { "\(model.name)/\($0.name)" })
    #expect(offer("matrix \(model.name) --pieces ") == model.pieces.map(\.name))
    for bound in offer("check \(model.name) --set ") {
      let values = offer("check \(model.name) --set \(bound)")
      #expect(!values.isEmpty)
      for value in values {
        let result = CommandLineTests.run(
          ["simulate", model.name, "--walks", "1", "--depth", "1", "--set", value])
        #expect(result.status != .badInput, "\(value)")
      }
    }
  }

  @Test("nothing at all is a line without a word")
  func nothing() {
    #expect(CommandLineTests.run(["complete", "--"]).output == "words\n")
  }
}
