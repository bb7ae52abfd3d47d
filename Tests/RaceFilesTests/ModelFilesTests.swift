import Foundation
import ModelChecking
import Models
import RaceFiles
import TestSupport
import Testing

/// The models that are there in Swift and in C.
@Suite("A race file of a model")
struct ModelFilesTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Models")

  static func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: folder.appending(path: "\(name).race")))
  }

  static func file(_ name: String) throws -> RaceFile {
    try RaceFile(path: "Models/\(name).race", contents: bytes(name))
  }

  struct Case: CustomTestStringConvertible, Sendable {
    let model: Model
    let variant: String
    var settings: [String: Int] = [:]
    var testDescription: String { "\(model.name) \(variant) \(settings)" }
  }

  static let cases: [Case] =
    Model.putPageRace.variants.flatMap { variant in
      [[:], ["pages": 2], ["walkers": 2]].map {
        Case(model: .putPageRace, variant: variant.name, settings: $0)
      }
    }
    + [
      "forced-drain-after-isolation", "zone-pcp-disable", "drain-before-disable",
      "rely-before-disable", "enable-before-undo", "no-second-read", "isolate-before-disable",
      "two-users-with-lock", "two-users-without-lock", "count-test-free-only",
    ].map { Case(model: .pcpIsolation, variant: $0) }
    + [["pages": 1], ["pages": 2], ["pages": 3, "walkers": 3]].map {
      Case(model: .pageChurn, variant: "plain", settings: $0)
    }

  @Test("gives the verdict, length, warnings and counts of the model in Swift", arguments: cases)
  func counts(_ test: Case) throws {
    let swift = try test.model.system(variant: test.variant, settings: test.settings).search()
    let file = try Self.file(test.model.name)
    let race = try file.model.system(variant: test.variant, settings: test.settings).search()
    #expect(race.verdict.name == swift.verdict.name)
    #expect(race.findings.map(\.trace.steps.count) == swift.findings.map(\.trace.steps.count))
    #expect(race.goals.map(\.steps) == swift.goals.map(\.steps))
    #expect(race.statistics.states == swift.statistics.states)
    #expect(race.statistics.transitions == swift.statistics.transitions)
    #expect(race.statistics.depth == swift.statistics.depth)
  }

  static let names = ["put-page-race", "pcp-isolation", "page-churn", "page-ext"]

  @Test(
    "gives in each variant what it states, and says why what never happens doesn't",
    arguments: names)
  func expectations(name: String) throws {
    let file = try Self.file(name)
    for variant in file.model.variants {
      for memoryModel in variant.memoryModels {
        var configuration = try Configuration(file.model, variant: variant.name)
        configuration.memoryModel = memoryModel
        let outcome = try configuration.system().search()
        #expect(
          configuration.expected?.isMet(by: outcome) == true,
          "\(configuration.name): \(outcome.verdict), \(outcome.findings.map(\.trace.steps.count))")
        if outcome.verdict == .holds {
          #expect(outcome.coverage?.unexplained == [] && outcome.coverage?.untrue == [])
        }
      }
    }
  }

  @Test(
    "states under another memory model what the model in Swift does",
    arguments: ["put-page-race", "pcp-isolation"])
  func machines(name: String) throws {
    let swift = try #require(Model.all.first { $0.name == name })
    for variant in try Self.file(name).model.variants {
      let twin = try #require(swift.variants.first { $0.name == variant.name })
      for (machine, expected) in variant.expectedUnder {
        let stated = twin.expectedUnder[machine]
        #expect(stated?.verdict == expected.verdict && stated?.steps == expected.steps)
      }
    }
  }

  @Test("has steps that touch what they say", arguments: names)
  func footprints(name: String) throws {
    let file = try Self.file(name)
    for variant in file.model.variants {
      let system = try file.model.system(variant: variant.name)
      #expect(checkFootprints(of: system, mostStates: 60) == [])
    }
  }
}
