/// What a model's author knows to change no verdict where it is left out, swapped or weakened, and why.
public struct Redundant: Sendable, Equatable {
  /// The name of a step, a question, a function or a lock.
  public let name: String
  /// The changes of which it is true; all if empty.
  public let changes: [Mutation.Change]
  /// The function in which, or the actor outside of all; anywhere if nil.
  public let function: String?
  /// Why, in a sentence.
  public let reason: String
  public let declaration: SourceLine

  /// Whether it speaks of a mistake: of the thing by its name, or of all that a function does.
  func explains(_ mutation: Mutation) -> Bool {
    [mutation.name, mutation.function, mutation.other].contains(name)
      && (changes.isEmpty || changes.contains(mutation.change))
      && (function == nil || mutation.function == function)
  }
}

extension SystemBuilder {
  /// States that a mistake in something changes no verdict here, and why, for `mutate`.
  ///
  ///     system.redundant("smp_rmb", because: "the lock orders the two loads as well")
  ///
  /// - Parameters:
  ///   - name: of a step, a question, a function or a lock.
  ///   - changes: what is done to it; anything if none is named.
  ///   - function: where alone that is true: a function, or an actor without the number at its end.
  ///   - reason: a sentence that a reader can check.
  public func redundant(
    _ name: String, _ changes: Mutation.Change..., in function: String? = nil,
    because reason: String,
    file: String = #filePath, line: Int = #line
  ) {
    if reason.isEmpty { problems.append("it is not said why '\(name)' is redundant") }
    redundant.append(
      Redundant(
        name: name, changes: changes, function: function, reason: reason,
        declaration: SourceLine(file: file, line: line)))
  }
}

/// What becomes of mistakes when a system is built, and of barriers.
enum Mutating {
  case no
  /// Those that can be made are listed.
  case listing
  case making(Mutation)
  /// Some barriers are taken out.
  case takingOut(Set<Barrier>)
}
