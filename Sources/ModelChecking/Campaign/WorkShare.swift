/// Which of a command's checks a run makes itself.
public enum WorkShare: Sendable {
  case all
  /// Those of one part; the others have no verdict.
  case part(Shard)
  /// None: other runs made them.
  case joined(ShardReports)

  public var shard: Shard? { if case .part(let shard) = self { shard } else { nil } }

  /// What the runs took that made them, where others did.
  var seconds: Double? { if case .joined(let parts) = self { parts.seconds } else { nil } }

  /// Whether the check of this name is searched here.
  func includes(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .part(let shard): shard.includes(name)
    case .joined: false
    }
  }
}

extension Campaign {
  /// The endings of checks, each searched here or taken from the part that has it.
  ///
  /// - Parameters:
  ///   - checks: their names, each with what it is of.
  ///   - progress: called with the number of searches done and to do, one call at a time.
  ///   - system: makes a check's system.
  /// - Returns: the endings in the order of the checks; those of another part are not run.
  /// - Throws: `InputError` where a part that is there has nothing of a check, or searched another system.
  func endings<Item: Sendable>(
    of checks: [(name: String, item: Item)], _ share: WorkShare, monitor: SearchMonitor,
    progress: @Sendable (_ done: Int, _ all: Int) -> Void,
    system: @Sendable (Item) throws(InputError) -> System
  ) throws(InputError) -> [Ending] {
    if case .joined(let parts) = share {
      return try checks.map { name, item throws(InputError) in
        try parts.ending(of: name) { () throws(InputError) in try system(item) }
      }
    }
    let own = checks.indices.filter { share.includes(checks[$0].name) }
    let endings = run(
      own.map { checks[$0].item }, monitor: monitor, progress: { progress($0, own.count) },
      system: system)
    var all = [Ending](
      repeating: .notRun(.otherPart, reason: "it belongs to another part"), count: checks.count)
    for (number, ending) in zip(own, endings) { all[number] = ending }
    return all
  }
}
