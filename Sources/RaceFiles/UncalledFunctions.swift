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
      if let place = places.first(where: isGivenToCallRCU) {
        diagnostics.report(
          "nobody calls '\(function.name)' after its grace period: an actor does, as '__softirq "
            + "P\(free)(struct rcu_head *head) { rcu_core(head, \(function.name)); }'",
          at: tokens[place].spot)
        continue
      }
      // Pieces may leave out whoever names it.
      guard places.allSatisfy(isOutside) else { continue }
      if Self.isNumbered(function.name) {
        diagnostics.report(
          "nobody runs '\(function.name)': actors are called P0, P1 ...; this one would be P\(free)",
          at: function.spot)
      } else if !places.contains(where: isStatic) && !function.parameters.isEmpty
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

  /// Whether a place is in no function, as declarations are.
  private func isOutside(_ place: Int) -> Bool {
    tokens[..<place].reduce(0) {
      $1.kind == .sign(.braceOpen) ? $0 + 1 : $1.kind == .sign(.braceClose) ? $0 - 1 : $0
    } == 0
  }

  /// Whether a name stands among the arguments of `call_rcu()`.
  private func isGivenToCallRCU(_ place: Int) -> Bool {
    tokens[..<place].reversed()
      .prefix { ![.sign(.semicolon), .sign(.braceOpen), .sign(.braceClose)].contains($0.kind) }
      .contains { $0.kind == .name && $0.text == "call_rcu" }
  }

  /// Whether the declaration of a name begins with `static`.
  private func isStatic(at place: Int) -> Bool {
    tokens[..<place].reversed().prefix { $0.kind == .name || $0.kind == .sign(.star) }
      .contains { $0.text == "static" }
  }
}
