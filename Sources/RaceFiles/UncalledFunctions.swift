/// Functions that nobody calls and that are meant to be run, by their look: a race without them holds in silence.
///
/// Such a function is not `static`, as one is that is only there to be read, or has a name as threads have elsewhere.
struct UncalledFunctions: Diagnosing {
  private(set) var diagnostics = Diagnostics()
  private let tokens: [Token]
  private let race: RaceSyntax
  private let definitions: [Definition]

  /// A function of the file, in whatever pieces, by the places of its words.
  private struct Definition {
    let whole: Range<Int>
    let body: Range<Int>
  }

  /// - Parameter race: with all its pieces.
  init(_ tokens: [Token], _ race: RaceSyntax) {
    self.tokens = tokens
    self.race = race
    definitions = Self.definitions(in: tokens)
  }

  /// - Parameter called: the functions that are called, in some choice of pieces.
  mutating func check(_ called: Set<String>) {
    let numbers = race.actors.map(\.number)
    let free = (0...numbers.count).first { !numbers.contains($0) } ?? 0
    for function in race.functions where !called.contains(function.name) {
      let places = tokens.indices.filter {
        tokens[$0].kind == .name && tokens[$0].text == function.name
      }
      if let (deferral, place) = deferral(at: places) {
        diagnostics.report(
          "nobody calls '\(function.name)' \(deferral.when): an actor does, as '\(deferral.kind)P\(free)(struct "
            + "\(deferral.type)) { \(deferral.caller), \(function.name)); }'",
          at: tokens[place].spot)
        continue
      }
      // Pieces may leave out whoever names it.
      if places.contains(where: { isUse(at: $0) }) { continue }
      if Self.isNumbered(function.name) {
        diagnostics.report(
          "nobody runs '\(function.name)': actors are called P0, P1 ...; this one would be P\(free)",
          at: function.spot)
      } else if !places.contains(where: isStatic) {
        diagnostics.report(
          "nobody calls '\(function.name)' or runs it, so nothing is shown of it: actors are called P0, P1 ..., as "
            + "'__name(\"\(function.name)\") P\(free)(\(function.parameters.isEmpty ? "" : "..."))'; where it is "
            + "only there to be read, 'static' says so",
          at: function.spot)
      }
    }
  }

  /// As threads are called elsewhere: P_1, p2, thread3, cpu_0.
  private static func isNumbered(_ name: String) -> Bool {
    name.lowercased().wholeMatch(of: /(p|t|thread|task|cpu|actor|proc|process)_?[0-9]+/) != nil
  }

  /// Whether a name stands for the function of that name there, and for no member or variable.
  private func isUse(at place: Int) -> Bool {
    let (before, after) = (kind(at: place - 1), kind(at: place + 1))
    if [.sign(.dot), .sign(.arrow)].contains(before) || after == .sign(.colon) { return false }
    guard let definition = definitions.first(where: { $0.body.contains(place) }) else {
      // A property may call it; what else stands outside functions declares it.
      return after == .sign(.open) && ![.name, .sign(.star)].contains(before)
    }
    return after == .sign(.open) || !definition.whole.contains { isVariable(at: $0, like: place) }
  }

  /// Whether a variable of that name is declared at a place of a function.
  private func isVariable(at place: Int, like other: Int) -> Bool {
    guard tokens[place].kind == .name, tokens[place].text == tokens[other].text else {
      return false
    }
    let last = tokens[..<place].last { $0.kind != .sign(.star) }
    return last?.kind == .name && last?.text != "return"
  }

  private func kind(at place: Int) -> Token.Kind {
    tokens.indices.contains(place) ? tokens[place].kind : .end
  }

  private static func definitions(in tokens: [Token]) -> [Definition] {
    var definitions: [Definition] = []
    var (start, depth) = (0, 0)
    var body: Int?
    for (place, token) in tokens.enumerated() {
      switch token.kind {
      case .sign(.braceOpen):
        if depth == 0 {
          let last = tokens[start..<place].last { $0.kind != .directive }
          body = last?.kind == .sign(.close) ? place : nil
        }
        depth += 1
      case .sign(.braceClose):
        depth -= 1
        if depth != 0 { continue }
        if let body {
          definitions.append(Definition(whole: start..<place, body: body..<place))
        }
        start = place + 1
      case .sign(.semicolon):
        if depth == 0 { start = place + 1 }
      default: break
      }
    }
    // Pieces may have a brace each for one that closes: whose is what follows is not known.
    if depth > 0, let body {
      definitions.append(
        Definition(whole: start..<tokens.count, body: body..<tokens.count))
    }
    return definitions
  }

  /// Who is given a function to call it later, and the actor that does.
  private struct Deferral {
    let words: Set<String>
    let when: String
    let kind: String
    let type: String
    let caller: String
  }

  private static let deferrals = [
    Deferral(
      words: ["call_rcu"], when: "after its grace period", kind: "__softirq ",
      type: "rcu_head *head", caller: "rcu_core(head"),
    Deferral(
      words: ["INIT_WORK", "INIT_DELAYED_WORK", "DECLARE_WORK", "DECLARE_DELAYED_WORK"],
      when: "once its work item is queued", kind: "", type: "work_struct *work",
      caller: "worker_thread(work"),
    Deferral(
      words: ["timer_setup", "DEFINE_TIMER"], when: "when its timer expires", kind: "__softirq ",
      type: "timer_list *timer", caller: "run_timer_softirq(timer"),
  ]

  /// How a function would be called later that stands at some places, and where that is said.
  private func deferral(at places: [Int]) -> (Deferral, place: Int)? {
    for deferral in Self.deferrals {
      if let place = places.first(where: { isGiven(at: $0, to: deferral.words) }) {
        return (deferral, place)
      }
    }
    return nil
  }

  /// Whether a name stands among the arguments of one of some words.
  private func isGiven(at place: Int, to words: Set<String>) -> Bool {
    tokens[..<place].reversed()
      .prefix { ![.sign(.semicolon), .sign(.braceOpen), .sign(.braceClose)].contains($0.kind) }
      .contains { $0.kind == .name && words.contains($0.text) }
  }

  /// Whether the declaration of a name begins with `static`.
  private func isStatic(at place: Int) -> Bool {
    tokens[..<place].reversed().prefix { $0.kind == .name || $0.kind == .sign(.star) }
      .contains { $0.text == "static" }
  }
}
