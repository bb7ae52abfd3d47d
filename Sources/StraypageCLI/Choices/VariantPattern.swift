import Foundation
import ModelChecking

/// MODEL or MODEL/VARIANT, where * stands for any characters.
struct VariantPattern: Sendable {
  private let text: String
  /// What is told of where nothing matches.
  private let model: Substring
  /// Every variant, if nil.
  private let variant: Substring?

  init(_ text: String) {
    self.text = text
    // A race file's name may have slashes of its own.
    let ends = [".race", ".litmus"].compactMap {
      text.range(of: $0, options: .backwards)?.upperBound
    }
    let slash = text[(ends.max() ?? text.startIndex)...].firstIndex(of: "/")
    model = text[..<(slash ?? text.endIndex)]
    variant = slash.map { text[text.index(after: $0)...] }
  }

  func matches(_ model: Model) -> Bool {
    readings.contains { Self.fits($0.model, model.name) }
  }

  func matches(_ model: Model, _ variant: VariantSummary) -> Bool {
    readings.contains {
      Self.fits($0.model, model.name) && ($0.variant.map { Self.fits($0, variant.name) } ?? true)
    }
  }

  /// The model alone, and each slash as the one before the variant: a race file's name may have some, and a
  /// star may stand for its end.
  private var readings: [(model: Substring, variant: Substring?)] {
    [(text[...], nil)]
      + text.indices.filter { text[$0] == "/" }.map {
        (text[..<$0], text[text.index(after: $0)...])
      }
  }

  /// - Throws: `InputError` that names the nearest where nothing of `models` matches.
  func requireMatch(among models: [Model]) throws(InputError) {
    let owners = models.filter(matches)
    if owners.isEmpty {
      throw InputError.unknown("model", String(model), among: models.map(\.name))
    }
    if !owners.contains(where: { owner in owner.variants.contains { matches(owner, $0) } }) {
      throw InputError.unknown(
        "variant", String(variant ?? ""), of: owners.count == 1 ? "model '\(owners[0].name)'" : nil,
        among: owners.flatMap { $0.variants.map(\.name) })
    }
  }

  /// Whether the pieces between the stars follow one another in the name, from its beginning to its
  /// end.
  private static func fits(_ pattern: Substring, _ name: String) -> Bool {
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard pieces.count > 1 else { return pattern == name }
    let (first, last) = (pieces[0], pieces[pieces.count - 1])
    guard name.hasPrefix(first), name.dropFirst(first.count).hasSuffix(last) else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let place = rest.firstRange(of: piece) else { return false }
      rest = rest[place.upperBound...]
    }
    return true
  }
}
