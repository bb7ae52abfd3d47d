/// A question that a front end answered before anything ran, the same way wherever it is asked: what would follow the
/// other answer is in no program, so no search can tell of it.
package struct DecidedQuestion: Sendable {
  /// The file's words.
  let name: String
  /// The functions that it is in where it is first asked, outermost first.
  let calls: [String]
  /// Who asks.
  let actors: [String]
  let answer: Bool
  let declaration: SourceLine

  package init(
    name: String, calls: [String], actors: [String], answer: Bool, declaration: SourceLine
  ) {
    self.name = name
    self.calls = calls
    self.actors = actors
    self.answer = answer
    self.declaration = declaration
  }
}
