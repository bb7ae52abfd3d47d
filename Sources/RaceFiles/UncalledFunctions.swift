/// Functions that nobody calls and that are meant to be run, by their look: a race without them holds in silence.
struct UncalledFunctions: Diagnosing {
  private(set) var diagnostics = Diagnostics()
  private let tokens: [Token]
  private let race: RaceSyntax

  /// - Parameter race: with all its pieces.
  init(_ tokens: [Token], _ race: RaceSyntax) {
    self.tokens = tokens
    self.race = race
  }

  /// - Parameter called: the functions that are called, in some choice of pieces.
  mutating func check(_ called: Set<String>) {
    let shared = Set(race.globals.map(\.name) + race.initials.map(\.name))
    let numbers = race.actors.map(\.number)
    let free = (0...numbers.count).first { !numbers.contains($0) } ?? 0
    for function in race.functions where !called.contains(function.name) {
      let places = tokens.indices.filter {
        tokens[$0].kind == .name && tokens[$0].text == function.name
      }
      // Pieces may leave out whoever names it.
      guard places.count == 1 else { continue }
      if Self.isNumbered(function.name) {
        diagnostics.report(
          "nobody runs '\(function.name)': actors are called P0, P1 ...; this one would be P\(free)",
          at: function.spot)
      } else if !isStatic(at: places[0]) && !function.parameters.isEmpty
        && function.parameters.allSatisfy({
          $0.type.pointerDepth == 1 && shared.contains($0.name)
        })
      {
        diagnostics.report(
          "nobody calls '\(function.name)' or runs it: actors are called P0, P1 ..., as "
            + "'__name(\"\(function.name)\") P\(free)(...)'; where it is only there to be read, 'static' says so",
          at: function.spot)
      }
    }
  }

  /// As threads are called elsewhere: P_1, p2, thread3, cpu_0.
  private static func isNumbered(_ name: String) -> Bool {
    name.lowercased().wholeMatch(of: /(p|t|thread|task|cpu|actor|proc|process)_?[0-9]+/) != nil
  }

  /// Whether the declaration of a name begins with `static`.
  private func isStatic(at place: Int) -> Bool {
    tokens[..<place].reversed().prefix { $0.kind == .name || $0.kind == .sign(.star) }
      .contains { $0.text == "static" }
  }
}
