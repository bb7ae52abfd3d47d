import Foundation
import ModelChecking
import Models
import Testing

@Suite("Configurations on the command line")
struct ConfigurationArgumentsTests {
  private func run(_ arguments: String) -> CommandLineTests.Result {
    CommandLineTests.run(arguments.split(separator: " ").map(String.init))
  }

  /// Every variant at the default and the larger bounds, whole and without each second piece.
  private static func configurations(of model: Model) throws -> [Configuration] {
    let pieces = model.pieces.enumerated().filter { $0.offset % 2 == 0 }.map(\.element.name)
    return try model.variants.flatMap { variant in
      try [[], pieces].flatMap { pieces in
        try [[:], model.largeBounds].map { settings in
          try Configuration(model, variant: variant.name, without: pieces, settings: settings)
        }
      }
    }
  }

  /// What a report says of its configuration.
  private struct Form: Decodable {
    let model: String
    let variant: String
    let without: [String]?
    let bounds: [String: Int]
    let command: String
  }

  @Test("each is had again by the arguments that it names", arguments: Model.all)
  func roundTrip(model: Model) throws {
    for configuration in try Self.configurations(of: model) {
      let result = run("check \(configuration.arguments) --time 1ms --format json")
      let form = try JSONDecoder().decode(Form.self, from: Data(result.output.utf8))
      #expect(form.model == model.name && form.variant == configuration.variant.name)
      #expect((form.without ?? []) == configuration.takenOutNames)
      #expect(form.bounds == configuration.bounds.byName)
      let command = "straypage check \(configuration.arguments)"
      #expect([command, command + " --time 1ms"].contains(form.command))
    }
  }

  @Test("what is checked under a memory model is reported, simulated, saved and replayed under it")
  func underMemoryModel() throws {
    let arguments = "put-page-race --variant as-reported --memory-model tso"
    let name = "put-page-race as-reported pages=1 walkers=1 under tso\n"
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let check = run("check \(arguments) --save-trace \(path)")
    #expect(check.status == .violated && check.output.hasPrefix(name))
    #expect(check.output.contains("\nAgain: straypage check \(arguments)\n"))
    #expect(run("check \(arguments) --format json").output.contains(#""memoryModel" : "tso""#))
    let replay = run("replay \(path)")
    #expect(replay.status == .asItShouldBe)
    #expect(replay.output.hasPrefix("\(name)\nAS SAVED, "))
    #expect(run("simulate \(arguments)").output.hasPrefix(name))
    let wrong = run("check put-page-race --memory-model tos")
    #expect(wrong.status == .badInput)
    #expect(wrong.error.contains("has no choice 'tos'; did you mean 'tso'?"))
    for (machine, meant) in [
      ("arm64", "lkmm"), ("x86_64", "tso"), ("RISC-V", "lkmm"), ("seq-cst", "sc"),
    ] {
      let other = run("check put-page-race --memory-model \(machine)")
      #expect(other.status == .badInput)
      #expect(other.error.contains("has no choice '\(machine)'; '\(meant)' stands for it\n"))
    }
  }

  @Test("what is checked under all memory models has a table, and the first that differs in full")
  func underAllMemoryModels() throws {
    let check = run("check put-page-race --variant as-reported --memory-model all")
    #expect(check.status == .violated)
    for machine in MemoryModel.allCases {
      #expect(
        check.output.contains("\n  \(machine.rawValue)")
          && check.output.contains("VIOLATED after 5 steps"))
    }
    #expect(check.output.contains("No verdict differs from that under sc:"))
    let json = run("check put-page-race --variant as-reported --memory-model all --format json")
    #expect(json.status == .violated && !json.output.contains("firstDifference"))
    #expect(json.output.matches(of: /"memoryModel" : "(sc|tso|lkmm)"/).count == 3)
    for (option, words) in [
      ("--html x.html", "'--html' is about one search"), ("--format itf", "is of one trace"),
    ] {
      let wrong = run("check put-page-race --memory-model all \(option)")
      #expect(wrong.status == .badInput && wrong.error.contains(words))
    }
  }

  @Test("what lacks a piece is checked, simulated, varied, saved and replayed without it")
  func withoutPiece() throws {
    let arguments = "put-page-race --variant put-page-hook --without flag-before-dec"
    let name = "put-page-race put-page-hook without flag-before-dec pages=1 walkers=1\n"
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let check = run("check \(arguments) --save-trace \(path)")
    #expect(check.status == .violated && check.output.hasPrefix(name))
    #expect(check.output.contains("\nAgain: straypage check \(arguments)\n"))
    let replay = run("replay \(path)")
    #expect(replay.status == .asItShouldBe)
    #expect(replay.output.hasPrefix("\(name)\nAS SAVED, "))
    #expect(run("simulate \(arguments)").output.hasPrefix(name))

    let matrix = run("matrix \(arguments)")
    #expect(matrix.status == .violated && matrix.output.hasPrefix(name))
    #expect(matrix.output.contains("\n2 sets, "))
    #expect(matrix.output.contains("the same without:\n  flag-before-dec, "))
  }

  @Test("a piece of a saved trace that the model hasn't got is refused")
  func unknownPiece() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "straypage-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = run(
      "check put-page-race --variant put-page-hook --without flag-before-dec "
        + "--save-trace \(path)")
    let file = try String(contentsOfFile: path, encoding: .utf8)
    try file.replacing("\"flag-before-dec\"", with: "\"flag-before-\\u001bced\"")
      .write(toFile: path, atomically: true, encoding: .utf8)
    let result = run("replay \(path)")
    #expect(result.status == .badInput)
    #expect(
      result.error.hasPrefix(
        "straypage: '\(path)' can't be replayed: model 'put-page-race' has no piece "
          + "'flag-before-?ced'; did you mean 'flag-before-dec'?\n"))
  }
}
