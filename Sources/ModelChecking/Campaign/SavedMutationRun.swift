/// What became of some of the mistakes in a configuration, as a part's file keeps it.
public struct SavedMutationRun: Sendable, Codable {
  /// Of the system without a mistake.
  let fingerprint: String
  let objection: String?
  /// By the mistakes' numbers.
  let mutants: [Int: Mutant]
  let seconds: Double

  struct Mutant: Sendable, Codable {
    let fate: MutationRun.Mutant.Fate
    let states: Int
  }

  /// - Throws: `InputError` for a model whose declarations are wrong.
  public init(_ run: MutationRun) throws(InputError) {
    fingerprint = try run.configuration.system().fingerprint.digest
    objection = run.objection
    mutants = Dictionary(
      uniqueKeysWithValues: run.mutants.map {
        ($0.number, Mutant(fate: $0.fate, states: $0.states))
      })
    seconds = run.seconds
  }
}

extension Configuration {
  /// Whether a part has something of the configuration: one of its mistakes or, as there may be none, the
  /// configuration itself.
  ///
  /// - Throws: `InputError` for a model whose declarations are wrong.
  public func hasMistakes(in shard: Shard) throws(InputError) -> Bool {
    let mistakes = try mutations().indices
    return shard.includes(name)
      || mistakes.contains { shard.includes(checkName(ofMistake: $0 + 1)) }
  }

  /// What other runs came to. What is in a part that is missing is inconclusive.
  ///
  /// - Throws: `InputError` where a part that is there has nothing of a mistake, or is of another system.
  func joined(
    _ parts: ShardReports, _ mutations: [Mutation], _ original: System
  ) throws(InputError) -> MutationRun {
    let digest = original.fingerprint.digest
    for part in parts.parts {
      if let run = part.mutations?[name], run.fingerprint != digest {
        throw InputError(
          "'\(name)' of \(part.shard) can't be told anew: its model was another one where it was searched"
        )
      }
    }
    let runs = parts.parts.compactMap { $0.mutations?[name] }
    return MutationRun(
      configuration: self,
      mutants: try mutations.enumerated().map { number, mutation throws(InputError) in
        let (name, number) = (checkName(ofMistake: number + 1), number + 1)
        let home = Shard.number(of: name, among: parts.count)
        guard let part = parts.parts.first(where: { $0.shard.number == home }) else {
          return MutationRun.Mutant(
            number: number, mutation: mutation, fate: .inconclusive(.otherPart), states: 0)
        }
        guard let mutant = part.mutations?[self.name]?.mutants[number] else {
          throw InputError("\(part.shard) has nothing of '\(name)'")
        }
        return MutationRun.Mutant(
          number: number, mutation: mutation, fate: mutant.fate, states: mutant.states)
      },
      seconds: runs.reduce(0) { $0 + $1.seconds }, objection: runs.compactMap(\.objection).first)
  }
}
