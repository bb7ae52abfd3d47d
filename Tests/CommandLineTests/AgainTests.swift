import Foundation
import ModelChecking
import StraypageCLI
import Testing

@Suite("The command line that asks the same again")
struct AgainTests {
  private func run(_ arguments: [String]) -> CommandLineTests.Result {
    CommandLineTests.run(arguments)
  }

  private func run(_ arguments: String) -> CommandLineTests.Result {
    run(arguments.split(separator: " ").map(String.init))
  }

  /// What is given, and what has the same answer.
  static let lines = [
    (
      "check put-page-race --keep-going --no-reduction --coverage --set pages=2 --property 1 "
        + "--threads 1 --width 80 --full --ascii --time 5m --memory 1G",
      "check put-page-race --variant as-reported --set pages=2 --property 1 --keep-going "
        + "--no-reduction --coverage"
    ),
    (
      "check put-page-race --variant put-page-hook --mistake 3 --reference --time 5m",
      "check put-page-race --variant put-page-hook --mistake 3 --reference"
    ),
    (
      "check page-churn --set pages=4 --set walkers=4 --time 1ms --memory 300M --no-reduction",
      "check page-churn --variant plain --set pages=4 --set walkers=4 --memory 300M --time 1ms "
        + "--no-reduction"
    ),
    (
      "matrix put-page-race --pieces put-page-hook,flag-before-dec --full --time 5m",
      "matrix put-page-race --variant put-page-hook --pieces put-page-hook,flag-before-dec"
    ),
    (
      "mutate put-page-race --only */*-hook --except */today --set pages=1 --threads 1",
      "mutate put-page-race --only '*/*-hook' --except '*/today' --set pages=1"
    ),
  ]

  @Test("has every option that has a part in the answer", arguments: lines.indices)
  func options(index: Int) throws {
    let (given, again) = Self.lines[index]
    let result = run("\(given) --format json".replacing(#/ --(full|ascii|width 80)/#, with: ""))
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(report["command"] as? String == "straypage \(again)")
    // It is a fixed point: asked again, the answer names itself.
    let once = run("\(again) --format json".replacing("'", with: ""))
    let second = try #require(
      try JSONSerialization.jsonObject(with: Data(once.output.utf8)) as? [String: Any])
    #expect(second["command"] as? String == "straypage \(again)")
  }

  @Test("leaves out only what the declarations say changes nothing, and the limits")
  func parts() {
    func names(_ part: OptionPart) -> Set<String> {
      Set(Command.all.flatMap(\.options).filter { $0.part == part }.map(\.name))
    }
    #expect(
      names(.limit) == [
        "--threads", "--memory", "--time", "--budget", "--disk", "--disk-limit",
      ])
    #expect(
      names(.presentation) == [
        "--format", "--output", "--width", "--ascii", "--color", "--full", "--save-trace", "--html",
        "--graph", "--watch", "--junit", "--sarif", "--json", "--checkpoint",
        "--every", "--resume", "--svg",
      ])
  }

  @Test("can be pasted into a shell whatever the names are")
  func quoting() {
    #expect("a-b_c.d/e:f=g,h@i%j+k0".asShellWord == "a-b_c.d/e:f=g,h@i%j+k0")
    #expect("".asShellWord == "''")
    #expect("it's $HOME *".asShellWord == "'it'\\''s $HOME *'")
    #expect("\u{e9}".asShellWord == "'\u{e9}'")
  }
}
