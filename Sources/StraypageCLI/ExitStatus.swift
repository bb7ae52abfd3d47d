import ModelChecking

/// What the process tells its caller.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  /// All is as it should be: `check` found that everything holds, `gate` what was expected, a
  /// `replay` went as saved.
  case asItShouldBe = 0
  /// `check` or `simulate` found something wrong, of whatever kind; `gate` a verdict that was not
  /// expected, or a proof that is vacuous; a `replay` went otherwise than saved.
  case violated = 1
  /// The command line, an input or a model is wrong, so that something was not searched.
  case badInput = 2
  /// A limit ended the search before there was a verdict, or walks at random found nothing.
  case inconclusive = 3

  /// As help shows it.
  var meaning: String {
    switch self {
    case .asItShouldBe: "as it should be: everything holds, is as expected, or went as saved"
    case .violated: "violated, not as expected, or not as saved"
    case .badInput: "the command line, an input or a model is wrong"
    case .inconclusive:
      "inconclusive: a limit was reached first, or only random walks were taken"
    }
  }

  init(_ verdict: Verdict) {
    switch verdict {
    case .holds: self = .asItShouldBe
    case .found: self = .violated
    case .inconclusive: self = .inconclusive
    }
  }

  init(_ replay: Replay) {
    if replay.difference != nil {
      self = .violated
    } else {
      self = replay.isSettled ? .asItShouldBe : .inconclusive
    }
  }

  init(_ results: [GateResult]) {
    let statuses = Set(results.map(\.status))
    if statuses.contains(.error) {
      self = .badInput
    } else if !statuses.isDisjoint(with: [.unexpected, .vacuous]) {
      self = .violated
    } else if statuses.isSubset(of: [.expected]) {
      self = .asItShouldBe
    } else {
      self = .inconclusive
    }
  }
}
