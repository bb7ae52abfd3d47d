import ModelChecking

/// What a command line is to a process that is one of several ranks.
extension CommandLineTool {
  /// The same as one of these ranks, of which the first alone says anything and writes files.
  package func among(_ peers: (any Peers)?) -> CommandLineTool {
    if peers == nil { return self }
    var tool = self
    tool.peers = peers
    tool.print(tool.isFirst)
    return tool
  }

  /// Whether this process says what is found.
  var isFirst: Bool { peers.map { $0.rank == 0 } ?? true }

  /// Throws for a command, or options of `check`, that several ranks don't have.
  func refuseAmongRanks(
    _ command: Command, _ arguments: ParsedArguments
  ) throws(InputError) {
    if peers == nil { return }
    if command.name != Command.check.name {
      throw InputError(
        "'\(command.name)' runs in one process, and here are ranks of MPI; they share the search of "
          + "'\(Command.check.name)'")
    }
    if arguments.has(SearchLimits.threads) {
      throw InputError(
        "a rank of MPI has one thread: in place of '\(SearchLimits.threads.name)', start as many ranks as there "
          + "are processors")
    }
    let others: [any DeclaredOption] =
      DiskChoice.options + CheckpointChoice.options + [CheckRun.reference, RaceFileWatch.option]
    for option in others where arguments.has(option) {
      throw InputError(
        "'\(option.name)' is for a search in one process, and here are ranks of MPI")
    }
    if try arguments[CheckRun.memoryModels].only == nil {
      throw InputError(
        "'\(CheckRun.memoryModels.name) all' makes several searches, and ranks of MPI share one")
    }
  }

  /// What each rank makes of its arguments and files. Where one can't, all throw the same.
  func agreed<Value>(_ make: () throws(InputError) -> Value) throws(InputError) -> Value {
    guard let peers else { return try make() }
    let value: Value
    do throws(InputError) {
      value = try make()
    } catch {
      try peers.agree(on: error)
      throw error
    }
    try peers.agree(on: nil)
    return value
  }

  /// What a search may use of the machine, as one of the ranks that share it.
  func amongRanks(_ options: SearchOptions, _ arguments: ParsedArguments) -> SearchOptions {
    guard let peers else { return options }
    var options = options
    options.peers = peers
    if !arguments.has(SearchLimits.memory) { options.memory /= peers.countHere }
    return options
  }
}
