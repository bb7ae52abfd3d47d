import ModelChecking

/// Finds the words of a source, in the models of a tool.
struct Source {
  private let tool: CommandLineTool
  /// The model that the command line names.
  private let model: Model?

  init(_ tool: CommandLineTool, model name: String? = nil) {
    self.tool = tool
    model = tool.models.first { $0.name == name }
  }

  /// The words that begin as what is typed does.
  func words(_ source: WordSource, for typed: String) -> Offer {
    switch source {
    case .none: .words([])
    case .files: .files
    case .these(let words): .words(words.map { .init($0, "") }).beginning(with: typed)
    case .commands:
      .words(Command.all.map { .init($0.name, $0.summary) }).beginning(with: typed)
    case .models: .words(tool.models.map { .init($0.name, $0.summary) }).beginning(with: typed)
    case .variants:
      .words((model?.variants ?? []).map { .init($0.name, $0.summary) }).beginning(with: typed)
    case .settings: settings(typed)
    case .ranges: ranges(typed)
    case .pieces: pieces(typed)
    case .patterns: patterns(typed)
    }
  }

  /// A bound's name, and after that the values that are its default and its larger one, if the
  /// range is too long to be shown.
  private func settings(_ typed: String) -> Offer {
    let bounds = model?.bounds ?? []
    guard let mark = typed.firstIndex(of: "=") else {
      return .words(bounds.map { .init("\($0.name)=", $0.summary) }).beginning(with: typed)
    }
    guard let bound = bounds.first(where: { $0.name == typed[..<mark] }) else { return .words([]) }
    let few = [bound.defaultValue, bound.largeValue]
    let values = bound.range.count <= Self.mostValues ? Array(bound.range) : few
    return Offer.words(
      values.map { value in
        let isSpecial = [(bound.defaultValue, "default"), (bound.largeValue, "with --large")]
          .filter { $0.0 == value }.map(\.1)
        return .init("\(bound.name)=\(value)", isSpecial.joined(separator: ", "))
      }
    ).beginning(with: typed)
  }

  private static let mostValues = 20

  /// A bound's name, and after that its values up to its default, its larger and its largest one.
  private func ranges(_ typed: String) -> Offer {
    guard let mark = typed.firstIndex(of: "="),
      let bound = model?.bounds.first(where: { $0.name == typed[..<mark] })
    else { return settings(typed) }
    let ends = [
      (bound.defaultValue, "to the default"), (bound.largeValue, "to that of --large"),
      (bound.range.upperBound, "all"),
    ]
    let words = ends.enumerated().filter { place, end in
      !ends[..<place].contains { $0.0 == end.0 }
    }.map { Offer.Word("\(bound.name)=\(bound.range.lowerBound)..\($1.0)", $1.1) }
    return .words(words).beginning(with: typed)
  }

  /// The pieces that the list doesn't name yet, after those that it does.
  private func pieces(_ typed: String) -> Offer {
    let named = typed.split(separator: ",", omittingEmptySubsequences: false).dropLast()
    let before = named.map { "\($0)," }.joined()
    let left = (model?.pieces ?? []).filter { !named.contains(Substring($0.name)) }
    return Offer.words(left.map { .init(before + $0.name, $0.summary) }).beginning(with: typed)
  }

  /// The models, and after a slash the model's variants.
  private func patterns(_ typed: String) -> Offer {
    guard let slash = typed.firstIndex(of: "/") else {
      return .words(tool.models.map { .init($0.name, $0.summary) }).beginning(with: typed)
    }
    let owner = tool.models.first { $0.name == typed[..<slash] }
    return Offer.words(
      (owner?.variants ?? []).map { .init("\(typed[...slash])\($0.name)", $0.summary) }
    ).beginning(with: typed)
  }
}
