import Foundation
import ModelChecking

/// What Docs/Models.md says of a variant that holds: how many states and transitions it has.
public struct DocumentedCounts: Equatable, Sendable {
  public let states: Int
  public let transitions: Int

  public init(states: Int, transitions: Int) {
    self.states = states
    self.transitions = transitions
  }

  /// A row of the page: by default and at the larger bounds.
  public struct Row: Sendable {
    public let variant: String
    public let byDefault: DocumentedCounts
    public let large: DocumentedCounts
  }

  /// The rows of a model.
  public static func all(of model: Model) throws -> [Row] {
    let page = try String(contentsOf: path, encoding: .utf8)
    let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("\(model.name)\n") }
    return (section ?? "").matches(
      of: /\| `([a-z0-9-]+)` \| (\d+) \| (\d+) \| [0-9.]+ \| (\d+) \| (\d+) \|/
    ).compactMap { row in
      guard let states = Int(row.2), let transitions = Int(row.3), let large = Int(row.4),
        let largeTransitions = Int(row.5)
      else { return nil }
      return Row(
        variant: String(row.1),
        byDefault: DocumentedCounts(states: states, transitions: transitions),
        large: DocumentedCounts(states: large, transitions: largeTransitions))
    }
  }

  /// By variant: what the page says of it by default.
  public static func ofVariants(of model: Model) throws -> [String: DocumentedCounts] {
    Dictionary(uniqueKeysWithValues: try all(of: model).map { ($0.variant, $0.byDefault) })
  }

  private static let path = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Docs/Models.md")
}
