extension Configuration {
  /// Searches it with every set of its pieces.
  ///
  /// Every set is searched: that a set suffices tells nothing of those around it, as a piece may
  /// bring a deadlock, and that one doesn't suffice tells nothing of those inside it. Only sets that
  /// leave equal designs share a search, and a piece that never makes a difference is not varied.
  ///
  /// - Parameters:
  ///   - varied: the names of the pieces to vary, at most `Matrix.mostPieces`, while the others stay
  ///     as they are; all pieces if nil.
  ///   - options: the limits, for all searches together. One that needs it gets all of the memory.
  ///   - share: which of the searches are made here.
  ///   - monitor: can end the work; what was not searched by then is inconclusive.
  ///   - progress: called with the number of searches done and to do, one call at a time.
  /// - Returns: a matrix that is the same for any number of threads, the seconds apart, unless time
  ///   ran out or somebody ended the work.
  /// - Throws: `InputError` for a name that is not there or is named twice, for a model whose
  ///   declarations are wrong with one of the sets, where the memory is too little for any search, and
  ///   for parts that don't fit the model.
  public func matrix(
    varying varied: [String]? = nil, _ options: SearchOptions = SearchOptions(),
    _ share: WorkShare = .all, monitor: SearchMonitor = SearchMonitor(),
    progress: @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(InputError) -> Matrix {
    let chosen = try varied.map { names throws(InputError) in try model.pieces(named: names) }
    let all = (chosen ?? .first(model.pieces.count)).positions
    try model.requireSound()
    guard all.count <= Matrix.mostPieces else {
      throw InputError(
        "\(all.count) pieces are too many; at most \(Matrix.mostPieces) can be varied")
    }

    let idle = Variations(of: self, all).idle
    let sets = Variations(of: self, all.filter { !idle.contains($0) })
    return try matrix(
      of: sets, pieces: sets.pieces.map { model.pieces[$0] }, idle: idle.map { model.pieces[$0] },
      options, share, monitor, progress)
  }

  /// Searches it with every set of its barriers, in place of the model's pieces: which are needed on the machine
  /// of its memory model. Every set is searched, as of pieces.
  ///
  /// - Parameters:
  ///   - varied: the names of the barriers to vary, at most `Matrix.mostPieces`, while the others stay;
  ///     all if nil.
  ///   - options: the limits, for all searches together.
  ///   - share: which of the searches are made here.
  ///   - monitor: can end the work; what was not searched by then is inconclusive.
  ///   - progress: called with the number of searches done and to do, one call at a time.
  /// - Returns: a matrix whose pieces are the barriers.
  /// - Throws: `InputError` as the matrix of pieces.
  public func matrixOfBarriers(
    varying varied: [String]? = nil, _ options: SearchOptions = SearchOptions(),
    _ share: WorkShare = .all, monitor: SearchMonitor = SearchMonitor(),
    progress: @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(InputError) -> Matrix {
    try model.requireSound()
    let barriers = if let varied { try self.barriers(named: varied) } else { try self.barriers() }
    if barriers.count > Matrix.mostPieces {
      throw InputError(
        "\(barriers.count) barriers of '\(name)' are too many; at most \(Matrix.mostPieces), which "
          + "make \(1 << Matrix.mostPieces) sets, can be varied: name them by --pieces: "
          + barriers.map(\.name).joined(separator: ", "))
    }
    return try weakened(by: []).matrix(
      of: Variations(of: self, barriers), pieces: barriers.map(\.piece), idle: [], options, share,
      monitor, progress)
  }

  private func matrix(
    of sets: Variations, pieces: [PieceSummary], idle: [PieceSummary], _ options: SearchOptions,
    _ share: WorkShare, _ monitor: SearchMonitor,
    _ progress: @Sendable (_ done: Int, _ all: Int) -> Void
  ) throws(InputError) -> Matrix {
    let start = ContinuousClock.now
    // A broken model is told before anything is searched.
    let properties = try propertiesOfWhole()
    let checks = try sets.distinct.map { number throws(InputError) in
      let configuration = sets.configurations[number]
      // Names of barriers may come twice, and numbers don't.
      let set = (configuration.weakened ?? []).isEmpty ? "" : " with the barriers \(number)"
      return (name: configuration.name + set, item: try configuration.system(with: properties))
    }
    let endings = try Campaign(budget: options).endings(
      of: checks, share, monitor: monitor, progress: progress, system: { $0 })
    let own = endings.indices.filter { endings[$0].limit != .otherPart }
    try requireRoom(for: own.map { endings[$0] })
    let endingOfSet = Dictionary(uniqueKeysWithValues: zip(sets.distinct, endings))
    return Matrix(
      configuration: self, pieces: pieces, idlePieces: idle,
      rows: sets.firstOfEqualDesign.enumerated().compactMap { number, first in
        endingOfSet[first].map { Matrix.Row(PieceSet(rawValue: number), $0) }
      },
      searches: own.count,
      states: endings.reduce(0) { $0 + ($1.outcome?.statistics.states ?? 0) },
      seconds: share.seconds ?? (ContinuousClock.now - start) / .seconds(1),
      endings: share.shard == nil
        ? [:]
        : Dictionary(uniqueKeysWithValues: own.map { (checks[$0].name, SavedEnding(endings[$0])) }),
      allSearches: checks.count)
  }

  /// - Throws: `InputError` where the memory was too little for any of the searches to begin.
  private func requireRoom(for endings: [Campaign.Ending]) throws(InputError) {
    for ending in endings {
      guard case .notRun(.memory, _) = ending else { return }
    }
    if case .notRun(_, let reason) = endings.first { throw InputError(reason) }
  }
}

extension Barrier {
  fileprivate var piece: PieceSummary {
    PieceSummary(name: name, summary: effect, source: declaration.description)
  }
}

/// The sets of some of a model's pieces or barriers, each at its `rawValue` in terms of these.
private struct Variations {
  /// The pieces, by their positions in the model, or the barriers.
  let pieces: [Int]
  /// What each set leaves.
  let configurations: [Configuration]
  /// For each set the first that leaves an equal design.
  let firstOfEqualDesign: [Int]

  init(of whole: Configuration, _ pieces: [Int]) {
    self.pieces = pieces
    configurations = (0..<1 << pieces.count).map { number in
      whole.without(
        PieceSet(
          pieces.enumerated().filter { number & 1 << $0.offset == 0 }
            .map { PieceSet(piece: $0.element) }))
    }
    firstOfEqualDesign = whole.model.firstOfEqualDesign(configurations)
  }

  init(of whole: Configuration, _ barriers: [Barrier]) {
    pieces = Array(barriers.indices)
    configurations = (0..<1 << barriers.count).map { number in
      whole.weakened(by: barriers.indices.filter { number & 1 << $0 == 0 }.map { barriers[$0] })
    }
    firstOfEqualDesign = Array(configurations.indices)
  }

  /// The sets whose design is no earlier one's.
  var distinct: [Int] {
    firstOfEqualDesign.indices.filter { firstOfEqualDesign[$0] == $0 }
  }

  /// The pieces without which every design stays as it is.
  var idle: [Int] {
    pieces.enumerated().filter { index, _ in
      firstOfEqualDesign.indices.allSatisfy {
        firstOfEqualDesign[$0] == firstOfEqualDesign[$0 & ~(1 << index)]
      }
    }.map(\.element)
  }
}
