/// Which step an actor takes. It means something only together with its system.
public struct Move: Sendable, Hashable, Comparable, Codable {
  /// The actor's position in the system.
  public let actor: Int
  /// The step's position in the actor's program.
  public let alternative: Int

  public init(actor: Int, alternative: Int) {
    self.actor = actor
    self.alternative = alternative
  }

  public static func < (a: Move, b: Move) -> Bool {
    (a.actor, a.alternative) < (b.actor, b.alternative)
  }
}
