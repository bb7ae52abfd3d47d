import ModelChecking

/// What reports for people say of a proof's coverage.
extension Coverage {
  /// How much happened, in a sentence.
  var summary: String {
    var parts = ["\(steps.seen.grouped) of \(steps.all.of("step")) taken"]
    if answers.all > 0 {
      parts.append("\(answers.seen.grouped) of \(answers.all.of("answer")) to questions given")
    }
    return "Covered: \(parts.joined(separator: ", "))."
  }

  /// What is missing without a reason, in one line, for a list of results.
  var outline: String {
    let missing = unexplained.map(\.sentence) + untrue.map(\.complaint)
    return missing.prefix(3).joined(separator: "; ")
      + (missing.count > 3 ? "; and \(missing.count - 3) more" : "")
  }

  /// The lists under the summary, each with its heading.
  ///
  /// - Parameter language: that of the model, in which gaps can be accounted for.
  func lists(
    in language: Expectation.Language
  ) -> [(heading: String, isAlarm: Bool, lines: [String])] {
    let explained = (gaps + decided).compactMap { gap in
      gap.reason.map { "\(gap.sentence): \($0)" }
    }
    return [
      (
        "VACUOUS: these never happened, and the model does not say why; nothing is proved about what "
          + "would follow.", true,
        unexplained.map { "\($0.sentence) (\($0.declaration))" }
      ),
      (
        "Where that is as it should be, the model says so, with the reason:", false,
        unexplained.compactMap { $0.source(in: language) }
      ),
      ("The model says that these never happen, and they do:", true, untrue.map(\.complaint)),
      (
        "The model says that these never happen, and nothing here is called so:", false,
        idle.map(\.complaint)
      ),
      (
        "Never happens here, as the model says:", false,
        explained + broadStatements.map { Self.sentence($0.statement, $0.places) }
      ),
      (
        "Answered by constants alone, which is no gap; nothing is shown of the other answer:",
        false,
        decided.filter { $0.reason == nil }.map { "\($0.sentence) (\($0.declaration))" }
      ),
      (
        "Never had to wait, which is no gap:", false,
        unreachedValues == nil ? [] : unwaited.map(\.sentence)
      ),
      (
        "Values that fields never had, which is no gap:", false,
        (unreachedValues ?? []).map { "\($0.field): \($0.values.joined(separator: ", "))" }
      ),
    ].filter { !$0.2.isEmpty }
  }
}

extension Coverage {
  /// That one statement accounts for several places.
  private static func sentence(_ statement: Unreachable, _ places: [SourceLine]) -> String {
    let names = places.map(\.description)
    return "\(statement.complaint) accounts for \(names.count) places: "
      + "\(names.joined(separator: ", "))"
  }
}

extension Coverage.Gap {
  /// What never happened: "driver, offline_pages(): PageOffline, never yes".
  var sentence: String {
    let who = actors.joined(separator: ", ")
    let functions = calls.map { $0.hasSuffix("()") ? $0 : "\($0)()" }.joined(separator: " > ")
    let place = [who, functions].filter { !$0.isEmpty }.joined(separator: ", ")
    let what: String
    switch kind {
    case .actorNeverMoved: return "\(who) \(kind.rawValue)"
    case .neverClaimed: return "'\(name)' \(kind.rawValue)"
    case .stepNeverTaken, .neverYes, .neverNo, .neverWaited:
      what = name.isEmpty ? "a question about registers" : name
    }
    let share = places < allPlaces ? " at \(places) of \(allPlaces) places" : ""
    return "\(place): \(what), \(kind.rawValue)\(share)"
  }
}

extension Coverage.Gap {
  /// How a model accounts for it, to be pasted; nil for a question without a name.
  fileprivate func source(in language: Expectation.Language) -> String? {
    let names = Set(actors.map(\.withoutNumber))
    let who = actors.count == 1 ? actors.first : names.count == 1 ? names.first : nil
    let subject = kind == .actorNeverMoved ? who : name
    guard let subject, !subject.isEmpty else { return nil }
    let answer: Bool? = kind == .neverYes ? true : kind == .neverNo ? false : nil
    let whose = kind == .actorNeverMoved ? nil : who
    let function = isNameShared ? calls.last : nil
    // A model in Swift may state it in another file, and can give the step another name.
    let line = isNameRepeated ? declaration.line : nil
    switch language {
    case .swift:
      return "system.unreachable(\(subject.quoted)"
        + (answer.map { ", answer: \($0)" } ?? "") + (whose.map { ", of: \($0.quoted)" } ?? "")
        + (function.map { ", in: \($0.quoted)" } ?? "") + ", because: \"...\")"
    case .raceFile:
      return "unreachable(\(subject.quoted)" + (answer.map { $0 ? ", yes" : ", no" } ?? "")
        + (whose.map { ", of \($0.quoted)" } ?? "")
        + (function.map { ", in \($0.quoted)" } ?? "") + (line.map { ", at \($0)" } ?? "")
        + ", \"...\");"
    }
  }
}

extension Unreachable {
  var complaint: String {
    let answer = answer.map { $0 ? ", yes" : ", no" } ?? ""
    let whose =
      (actor.map { " of \($0)" } ?? "") + (function.map { " in \($0)()" } ?? "")
      + (line.map { " at line \($0)" } ?? "")
    return "'\(name)'\(answer)\(whose) (\(declaration))"
  }
}
