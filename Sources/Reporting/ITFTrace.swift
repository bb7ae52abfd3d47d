import Foundation
import ModelChecking

/// A trace in the Informal Trace Format of Apalache, which Quint and its viewers read
/// (https://apalache-mc.org/docs/adr/015adr-trace.html).
///
/// Its variables are the fields that the trace touches or its property looks at, and who took which step, by
/// the name that Quint gives to that.
struct ITFTrace: Encodable {
  private enum CodingKeys: String, CodingKey {
    case meta = "#meta"
    case params, vars, states, loop
  }

  private struct Meta: Encodable {
    let format = "ITF"
    let formatDescription = "https://apalache-mc.org/docs/adr/015adr-trace.html"
    let description: String

    enum CodingKeys: String, CodingKey {
      case format, description
      case formatDescription = "format-description"
    }
  }

  private static let action = "mbt::actionTaken"

  private let meta: Meta
  private let params: [String] = []
  private let vars: [String]
  private let states: [[String: Value]]
  /// The position of the state that comes after the last; nil where the schedule ends.
  private let loop: Int?

  private enum Value: Encodable {
    case text(String)
    case flag(Bool)
    case number(String)
    case index(Int)

    /// - Parameter label: a field's value, as reports show it.
    init(label: String) {
      if let flag = Bool(label) {
        self = .flag(flag)
      } else if Int(label) != nil {
        self = .number(label)
      } else {
        self = .text(label)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .flag(let flag): try container.encode(flag)
      case .number(let digits): try container.encode(["#bigint": digits])
      case .index(let index): try container.encode(["index": index])
      }
    }
  }

  init(_ finding: Finding, of system: System, title: String) {
    let trace = finding.trace
    let start = finding.startingValues(in: system)
    let known = Set(start.map(\.field))
    var values = Dictionary(start.map { ($0.field, $0.value) }) { first, _ in first }
    var states: [[String: Value]] = []
    func add(_ action: String) {
      var state = values.mapValues(Value.init(label:))
      state["#meta"] = .index(states.count)
      state[Self.action] = .text(action)
      states.append(state)
    }
    add("")
    for step in trace.allSteps {
      for change in step.changes where known.contains(change.field) {
        values[change.field] = change.after
      }
      add("\(step.actor): \((step.calls + [step.name]).joined(separator: " > "))")
    }
    meta = Meta(description: "\(title): \(finding.words.verdict(finding))")
    vars = start.map(\.field) + [Self.action]
    self.states = states
    // After the last state comes the one that the first step of the loop leads to.
    loop = trace.loop.isEmpty ? nil : states.count - trace.loop.count
  }

  func json() throws -> String { try JSONEncoder.report.text(self) }
}
