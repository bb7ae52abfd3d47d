/// Mistakes in a model's declarations, all that were found.
public struct ModelError: Error, Sendable, CustomStringConvertible {
  public let problems: [String]

  init(_ problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "; ") }
}
