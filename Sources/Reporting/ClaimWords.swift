import ModelChecking

/// What people are told of the things that a search judges.
package enum ClaimWords {
  /// A line for each property and for data races, and one for all actors of which the same is claimed.
  package static func lines(_ claims: [Claim]) -> [String] {
    claims.filter { $0.isOfProperty || $0.kind == .raceFree }.map(\.sentence)
      + [Claim.Kind.comesToEnd, .goesOn].compactMap { kind in
        let actors = claims.filter { $0.kind == kind }.map(\.name)
        return actors.isEmpty ? nil : "\(kind.words): \(actors.joined(separator: ", "))"
      }
  }

  /// What is held against every system, where everything is judged.
  package static let always = "nobody waits for ever, misuses a lock or ends with one held"
}

extension MemoryModel {
  /// The machine that was looked at.
  package var words: String {
    switch self {
    case .sc: "sequential consistency"
    case .tso: "total store order"
    case .lkmm:
      "the kernel's memory model (lkmm; stronger than it: loads are not moved past later stores)"
    }
  }
}

extension Claim {
  /// "always: a page that virtio-mem owns is on no free list".
  package var sentence: String {
    kind.words + (severity == .warning ? " (else a warning)" : "") + ": \(name)"
  }
}

extension Claim.Kind {
  /// What is claimed, before the name of what it is about.
  fileprivate var words: String {
    switch self {
    case .invariant: "always"
    case .assertion: "at its steps"
    case .raceFree: "no data race"
    case .goal(.reachable): "can happen"
    case .goal(.alwaysReachable): "can always still happen"
    case .goal(.inevitable): "happens in every fair run"
    case .goal(.inevitableIfStronglyFair): "happens in every strongly fair run"
    case .comesToEnd: "can always come to an end or to rest"
    case .goesOn: "can always go on"
    }
  }

  /// As reports for programs have it.
  package var code: String {
    switch self {
    case .invariant: "invariant"
    case .assertion: "assertion"
    case .raceFree: "raceFree"
    case .goal(let kind): kind.rawValue
    case .comesToEnd: "comesToEnd"
    case .goesOn: "goesOn"
    }
  }
}
