/// A deliberate mistake in a program: one thing of what its author wrote is left out, swapped or
/// weakened, wherever it is used.
///
/// If a proof still holds then, nothing in it depends on that thing. (DeMillo, Lipton, Sayward, "Hints on
/// Test Data Selection", IEEE Computer 11(4), 1978.)
public struct Mutation: Sendable, Hashable {
  public enum Change: String, Sendable, Codable, CaseIterable {
    /// A step, or a call of a function, isn't there.
    case leftOut = "left out"
    /// Two neighbours come in the other order.
    case swapped
    /// A question isn't asked, and taken for answered yes.
    case alwaysYes = "taken for yes"
    case alwaysNo = "taken for no"
    /// A step doesn't wait for its condition.
    case notWaiting = "not waited for"
    /// What is atomic is a load and, later, a store.
    case torn
    /// A lock isn't taken in a function, nor what it calls meanwhile.
    case unlocked
  }

  /// Where something stands in what was written: the same for every actor that runs it, and for each
  /// element of a choice.
  struct Site: Sendable, Hashable {
    /// The innermost function; outside of all, the actor, without a number at the end of its name.
    let function: String
    /// The way to the statement in the function's text.
    let path: [Int]
    let name: String
    let declaration: SourceLine?
  }

  let site: Site
  public let change: Change
  /// What it changes places with, where it is swapped.
  public let other: String?

  /// The function in which it is made, or the actor.
  public var function: String { site.function }
  /// The step, question, function or lock.
  public var name: String { site.name }

  /// What is done, in a few words: "PageOffline always false".
  public var title: String {
    switch change {
    case .leftOut, .notWaiting: "\(name) \(change.rawValue)"
    case .alwaysYes: "\(name) always true"
    case .alwaysNo: "\(name) always false"
    case .torn: "\(name) as a load and a store, not atomic"
    case .swapped: "\(other ?? "") moved before \(name)"
    // A section has the name of its step.
    case .unlocked:
      site.declaration == nil ? "without the lock \(name)" : "\(name) without its lock"
    }
  }
}

extension Condition {
  /// What it is called where it is mutated, and whether it is asked the other way round.
  var asked: (name: String, declaration: SourceLine?, isInverted: Bool) {
    switch kind {
    case .test(let step): return (step.name, step.declaration, false)
    case .register(_, let words):
      let name = words?.name ?? ""
      return (name.isEmpty ? "a question about registers" : name, words?.declaration, false)
    case .call(let called, _): return (called.name, nil, false)
    case .misused: return ("", nil, false)
    case .not(let inner):
      let asked = inner.asked
      return (asked.name, asked.declaration, !asked.isInverted)
    }
  }
}
