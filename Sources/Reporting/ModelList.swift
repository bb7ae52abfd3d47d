import Foundation
import ModelChecking

/// What models there are, ready to be shown.
public struct ModelList: Sendable {
  private let models: [Model]

  public init(_ models: [Model]) { self.models = models }

  /// A line for each model; of one that can't be used, what is wrong with it.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let width = min(models.map { $0.name.shown().columns }.max() ?? 0, style.width / 2)
    let lines = models.flatMap { model -> [Line] in
      let problems = model.problems.joined(separator: "; ")
      let about = problems.isEmpty ? model.summary : "BROKEN: \(problems)"
      return style.columns(model.name, about, width: width)
    }
    return style.text(of: [lines])
  }

  /// Everything that is declared of the models, for programs: one JSON object, described in
  /// Docs/CommandLine.md.
  public func json() throws -> String {
    try JSONEncoder.report.text(ModelListForm(models: models.map(ModelListForm.ModelForm.init)))
  }
}

/// A model with its bounds, variants, pieces, claims and sources, ready to be shown.
public struct ModelDescription: Sendable {
  private let model: Model

  public init(_ model: Model) { self.model = model }

  public func text(_ style: TextStyle = TextStyle()) -> String {
    var blocks = [style.paragraph("\(model.name): \(model.summary)", .heading)]
    func add(_ heading: String, _ lines: [Line]) {
      if !lines.isEmpty { blocks.append(style.paragraph(heading) + lines) }
    }
    func item(_ text: String, at column: Int) -> [Line] { style.item(text, at: column) }
    add(
      "Bounds (--set NAME=VALUE):",
      model.bounds.flatMap { bound in
        item(
          "\(bound.name): \(bound.summary); \(bound.range.lowerBound) to "
            + "\(bound.range.upperBound), by default \(bound.defaultValue), with --large "
            + "\(bound.largeValue)", at: 2)
      })
    add(
      "Variants (--variant NAME; the first by default), with what is expected:",
      model.variants.flatMap { variant in
        item(variant.name, at: 2) + item(variant.summary, at: 6) + item(variant.source, at: 6)
          + variant.expectations.flatMap { item($0, at: 6) }
      })
    add(
      "Pieces of \(model.fix.name), which 'matrix' takes out:",
      model.pieces.flatMap { piece in
        item(piece.name, at: 2) + item(piece.summary, at: 6) + item(piece.source, at: 6)
      })
    // A model whose declarations are wrong is told of by the commands that need its system.
    let system = try? model.system()
    let claims = system?.claims ?? []
    let properties = claims.filter(\.isOfProperty) + (system?.pairsThatCouldRace ?? [])
    add(
      "Properties of \(model.variants[0].name) (check --property NAME, or its number):",
      properties.enumerated().flatMap { number, claim in
        style.columns("\(number + 1)", claim.sentence, at: 2, width: String(properties.count).count)
      })
    if !claims.isEmpty {
      add(
        "Of every search that judges all of them, too:",
        (ClaimWords.lines(claims.filter { !$0.isOfProperty }) + [ClaimWords.always]).flatMap {
          item($0, at: 2)
        })
    }
    add("Sources:", model.sources.flatMap { item($0, at: 2) })
    return style.text(of: blocks)
  }
}

extension VariantSummary {
  /// What a search must find, a line for each memory model of which that is stated.
  fileprivate var expectations: [String] {
    memoryModels.compactMap { machine in
      let title = machine == .sc ? "expected" : "under \(machine.rawValue)"
      return expected(under: machine).map { "\(title): \($0)" }
    }
  }
}

/// The shape of the JSON list.
private struct ModelListForm: Encodable {
  let format = 1
  let models: [ModelForm]

  struct ModelForm: Encodable {
    let name: String
    let summary: String
    /// What is wrong with it; empty where it can be used.
    let problems: [String]
    let sources: [String]
    let bounds: [BoundForm]
    let variants: [VariantForm]
    /// The variant that `matrix` takes pieces out of.
    let fix: String
    let pieces: [PieceForm]
    /// What a search of the first variant at the default bounds judges.
    let claims: [JSONForm.ClaimForm]

    init(_ model: Model) {
      name = model.name
      summary = model.summary
      problems = model.problems
      sources = model.sources
      bounds = model.bounds.map(BoundForm.init)
      variants = model.variants.map(VariantForm.init)
      fix = model.fix.name
      pieces = model.pieces.map {
        PieceForm(name: $0.name, summary: $0.summary, source: $0.source)
      }
      claims = ((try? model.system())?.claims ?? []).map(JSONForm.ClaimForm.init)
    }
  }

  struct BoundForm: Encodable {
    let name: String
    let summary: String
    let least: Int
    let most: Int
    let usual: Int
    let large: Int

    init(_ bound: Bound) {
      name = bound.name
      summary = bound.summary
      least = bound.range.lowerBound
      most = bound.range.upperBound
      usual = bound.defaultValue
      large = bound.largeValue
    }
  }

  struct VariantForm: Encodable {
    let name: String
    let summary: String
    let source: String
    let expected: String
    /// Under other memory models, by their names.
    let expectedUnder: [String: String]
    let file: String
    let line: Int

    init(_ variant: VariantSummary) {
      name = variant.name
      summary = variant.summary
      source = variant.source
      expected = variant.expected.description
      expectedUnder = Dictionary(
        uniqueKeysWithValues: variant.expectedUnder.map { ($0.rawValue, $1.description) })
      file = variant.declaration.path
      line = variant.declaration.line
    }
  }

  struct PieceForm: Encodable {
    let name: String
    let summary: String
    let source: String
  }
}
