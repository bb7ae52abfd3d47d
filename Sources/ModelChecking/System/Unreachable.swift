/// What a model's author knows never to happen in a system, and why, so that a proof may do without it.
public struct Unreachable: Sendable, Equatable {
  /// The name of a step, a question, a function, an actor or an invariant.
  public let name: String
  /// Of a question: the answer that it never gives; nil for whatever is missing.
  public let answer: Bool?
  /// Whose it is: an actor, or all of those whose names only differ in a number at the end. Nil for
  /// everybody.
  public let actor: String?
  /// The function in which it is: of several of that name only the one there. Nil for all.
  public let function: String?
  /// The line where it is written, in the file of the statement: of several of that name only those there. Nil for
  /// all.
  public let line: Int?
  /// Why it never happens, in a sentence.
  public let reason: String
  public let declaration: SourceLine
}

extension Unreachable {
  func isAbout(actor name: String) -> Bool {
    actor == nil || actor == name || actor == name.withoutNumber
  }

  /// - Parameters:
  ///   - calls: the functions that something is in, outermost first.
  ///   - place: where it is written.
  func isAbout(placeIn calls: [String], at place: SourceLine) -> Bool {
    (function == nil || function == calls.last)
      && (line == nil || line == place.line && declaration.file == place.file)
  }

  func isAbout(answer: Bool) -> Bool { self.answer == nil || self.answer == answer }
}

extension String {
  /// The name that all have who differ in a number at its end: "walker" for "walker0" and "walker 2", "P0" for "P0.1".
  /// "P0" is its own: P0 and P1 are herd's names, and differ in what they do.
  package var withoutNumber: String {
    let name = self[..<(lastIndex { !$0.isNumber }.map(index(after:)) ?? endIndex)]
    let end = name.lastIndex { $0 != " " && $0 != "." }
    let rest = end.map { String(name[...$0]) } ?? self
    return rest == "P" ? self : rest
  }
}

extension SystemBuilder {
  /// States that something never happens here, and why. A proof in which something never happens that
  /// nobody accounts for is *vacuous*; one that is said never to happen, and does, as well.
  ///
  ///     system.unreachable("PageHWPoison", answer: true, because: "no page is poisoned in this variant")
  ///
  /// What can't be reached without it needs no statement of its own. What the system doesn't have at all
  /// is no mistake, since variants leave things out.
  ///
  /// - Parameters:
  ///   - name: of a step that is never taken, a question that is never answered both ways, a function,
  ///     an actor that never moves, or an invariant whose antecedent is never true.
  ///   - answer: of a question, the one that it never gives.
  ///   - actor: whose it is, with or without a number at the end of its name; everybody's if nil.
  ///   - function: the innermost function in which it is, where others have a step or question of that name as well.
  ///   - place: the line where it is written, in the file of this statement, where the function has several of that
  ///     name.
  ///   - reason: a sentence that a reader can check.
  public func unreachable(
    _ name: String, answer: Bool? = nil, of actor: String? = nil, in function: String? = nil,
    at place: Int? = nil, because reason: String,
    file: String = #filePath, line: Int = #line
  ) {
    if reason.isEmpty { problems.append("it is not said why '\(name)' never happens") }
    unreachable.append(
      Unreachable(
        name: name, answer: answer, actor: actor, function: function, line: place, reason: reason,
        declaration: SourceLine(file: file, line: line)))
  }
}
