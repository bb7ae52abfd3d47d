/// What one of several runs that share out a command's checks came to, as its file keeps it.
public struct ShardReport: Sendable, Codable {
  /// The version of the form that this program writes and reads.
  public static let currentFormat = 1

  public private(set) var format = currentFormat
  /// The program, with its version.
  public let program: String
  public let command: String
  /// The arguments that say what is checked. Those of all parts are the same.
  public let arguments: [String]
  public let shard: Shard
  /// The number of checks in all parts together.
  public let checks: Int
  /// When it began, in seconds since 1970.
  public let begin: Double
  public let seconds: Double
  /// By the check's name.
  public let endings: [String: SavedEnding]
  /// Where mistakes are made on purpose: what became of those of this part, by the name of what they are made in.
  public let mutations: [String: SavedMutationRun]?

  public init(
    program: String, command: String, arguments: [String], shard: Shard, checks: Int, begin: Double,
    seconds: Double, endings: [String: SavedEnding] = [:],
    mutations: [String: SavedMutationRun]? = nil
  ) {
    self.program = program
    self.command = command
    self.arguments = arguments
    self.shard = shard
    self.checks = checks
    self.begin = begin
    self.seconds = seconds
    self.endings = endings
    self.mutations = mutations
  }
}

/// How a search of a campaign ended, in the form in which files keep it.
public struct SavedEnding: Sendable, Codable {
  /// Of the system that was searched.
  let fingerprint: String?
  let outcome: SavedOutcome?
  /// What is wrong with the model.
  let problem: String?
  /// Why it never began.
  let notRun: NotRun?

  struct NotRun: Sendable, Codable {
    let limit: SearchLimit
    let reason: String
  }

  public init(_ ending: Campaign.Ending) {
    switch ending {
    case .searched(let system, let outcome):
      self.init(fingerprint: system.fingerprint.digest, outcome: SavedOutcome(outcome))
    case .broken(let problem): self.init(problem: problem)
    case .notRun(let limit, let reason): self.init(notRun: NotRun(limit: limit, reason: reason))
    }
  }

  private init(
    fingerprint: String? = nil, outcome: SavedOutcome? = nil, problem: String? = nil,
    notRun: NotRun? = nil
  ) {
    self.fingerprint = fingerprint
    self.outcome = outcome
    self.problem = problem
    self.notRun = notRun
  }

  /// The ending.
  ///
  /// - Parameter system: makes the system that was searched.
  /// - Throws: `InputError` where the system is another one by now.
  func ending(of system: () throws(InputError) -> System) throws(InputError) -> Campaign.Ending {
    if let problem { return .broken(problem) }
    if let notRun { return .notRun(notRun.limit, reason: notRun.reason) }
    guard let outcome else { throw InputError("there is nothing of it in its part") }
    let system = try system()
    guard system.fingerprint.digest == fingerprint else {
      throw InputError("its model was another one where it was searched")
    }
    return .searched(system, try outcome.outcome(of: system))
  }
}

/// The parts of one command's checks, of which some may be missing.
public struct ShardReports: Sendable {
  /// In the order of their numbers.
  public let parts: [ShardReport]
  /// The numbers of the parts that are not there.
  public let missing: [Int]

  /// - Parameter parts: of one command with the same arguments, divided in the same way, each once.
  public init(_ parts: [ShardReport]) {
    self.parts = parts.sorted { $0.shard.number < $1.shard.number }
    let there = Set(parts.map(\.shard.number))
    missing = (1...max(1, shardCount(parts))).filter { !there.contains($0) }
  }

  /// Into how many parts the checks were divided.
  public var count: Int { shardCount(parts) }
  /// When the first began, in seconds since 1970.
  public var begin: Double { parts.map(\.begin).min() ?? 0 }
  /// What all of them took together.
  public var seconds: Double { parts.reduce(0) { $0 + $1.seconds } }

  /// How the check of this name ended; that it was not run where its part is missing.
  ///
  /// - Parameter system: makes the system that was searched.
  /// - Throws: `InputError` where the part has nothing of it, or searched another system.
  func ending(
    of name: String, system: () throws(InputError) -> System
  ) throws(InputError) -> Campaign.Ending {
    let number = Shard.number(of: name, among: count)
    guard let part = parts.first(where: { $0.shard.number == number }) else {
      return .notRun(.otherPart, reason: "part \(number) of \(count) is missing")
    }
    guard let ending = part.endings[name] else {
      throw InputError("\(part.shard) has nothing of '\(name)'")
    }
    do throws(InputError) {
      return try ending.ending(of: system)
    } catch {
      throw InputError("'\(name)' of \(part.shard) can't be told anew: \(error.message)")
    }
  }
}

private func shardCount(_ parts: [ShardReport]) -> Int { parts.first?.shard.count ?? 1 }
