/// Which writes the steps of a trace saw: for each step and each field that it read, the step that had
/// written it, where another actor took that.
public struct SeenWrites: Sendable {
  private var writers: [[String: Int]] = []

  /// - Parameter steps: all steps of the trace, in order.
  /// - Complexity: looks at each access once.
  public init(of steps: [TraceStep]) {
    var lastWrites: [String: (step: Int, actor: String)] = [:]
    for (number, step) in steps.enumerated() {
      var seen: [String: Int] = [:]
      for read in step.reads + step.ghostReads {
        guard let write = lastWrites[read.field], write.actor != step.actor else { continue }
        seen[read.field] = write.step
      }
      writers.append(seen)
      for field in step.changes.map(\.field) + step.stores.map(\.field) {
        lastWrites[field] = (number + 1, step.actor)
      }
    }
  }

  /// The number of the step whose write to a field a step saw, from 1; nil where it was none of another
  /// actor's.
  ///
  /// - Parameter step: its number, from 1.
  public func writer(of field: String, seenBy step: Int) -> Int? { writers[step - 1][field] }

  /// The numbers of all such steps, each once, in order.
  public func writers(seenBy step: Int) -> [Int] { Set(writers[step - 1].values).sorted() }
}
