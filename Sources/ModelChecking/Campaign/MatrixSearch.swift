import Synchronization

extension Model {
  /// Searches a variant with every set of its pieces.
  ///
  /// Every set is searched: that a set suffices tells nothing of those around it, as a piece may
  /// bring a deadlock, and that one doesn't suffice tells nothing of those inside it. Only sets that
  /// leave equal designs share a search, and a piece that never makes a difference is not varied.
  ///
  /// - Parameters:
  ///   - variant: the name of one of `variants`; the fix if nil.
  ///   - varied: the names of the pieces to vary, at most `Matrix.mostPieces`, while the others stay
  ///     in; all pieces if nil.
  ///   - settings: values for some of the bounds, by name.
  ///   - options: the limits. The memory is that of one search; the seconds are for all together.
  ///   - monitor: can end the work; what was not searched by then is inconclusive.
  ///   - progress: called with the number of searches done and to do, from any thread.
  /// - Returns: a matrix that is the same for any number of threads, the seconds apart, unless time
  ///   ran out or somebody ended the work.
  /// - Throws: `InputError` for a name that is not there or is named twice, and where a search can't
  ///   begin.
  public func matrix(
    variant: String? = nil, varying varied: [String]? = nil, settings: [String: Int] = [:],
    _ options: SearchOptions = SearchOptions(), monitor: SearchMonitor = SearchMonitor(),
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws(InputError) -> Matrix {
    let start = ContinuousClock.now
    let variant = variant ?? fix.name
    let chosen = try positions(ofPieces: varied ?? pieces.map(\.name))
    precondition(chosen.count <= Matrix.mostPieces, "too many pieces for a matrix")

    let idle = try variations(of: variant, chosen).idle
    let sets = try variations(of: variant, chosen.filter { !idle.contains($0) })
    let systems = try sets.distinct.map { number throws(InputError) in
      try system(variant: variant, without: sets.takenOut[number], settings: settings)
    }
    let searches = SideBySide(options, monitor, progress)
    let outcomes = try searches.outcomes(of: systems)
    let outcomeOfSet = Dictionary(uniqueKeysWithValues: zip(sets.distinct, outcomes))
    return Matrix(
      pieces: sets.pieces.map { pieces[$0] }, idlePieces: idle.map { pieces[$0] },
      rows: sets.firstEqual.enumerated().compactMap { number, first in
        outcomeOfSet[first].map { Matrix.Row(PieceSet(rawValue: number), $0) }
      },
      searches: systems.count, states: outcomes.reduce(0) { $0 + $1.statistics.states },
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private func positions(ofPieces names: [String]) throws(InputError) -> [Int] {
    var chosen = PieceSet()
    for name in names {
      guard let position = pieces.firstIndex(where: { $0.name == name }) else {
        throw InputError.unknown(
          "piece", name, of: "model '\(self.name)'", among: pieces.map(\.name))
      }
      guard chosen.insert(PieceSet(piece: position)).inserted else {
        throw InputError("piece '\(name)' is named twice")
      }
    }
    return chosen.positions
  }

  private func variations(
    of variant: String, _ pieces: [Int]
  ) throws(InputError) -> Variations {
    let takenOut = (0..<1 << pieces.count).map { number in
      PieceSet(
        pieces.enumerated().filter { number & 1 << $0.offset == 0 }
          .map { PieceSet(piece: $0.element) })
    }
    return Variations(
      pieces: pieces, takenOut: takenOut,
      firstEqual: try equalDesigns(variant: variant, without: takenOut))
  }
}

/// The sets of some of a model's pieces, each at its `rawValue` in terms of these.
private struct Variations {
  /// The pieces, by their positions in the model.
  let pieces: [Int]
  /// What each set leaves out, by positions in the model.
  let takenOut: [PieceSet]
  /// For each set the first that leaves an equal design.
  let firstEqual: [Int]

  /// The sets whose design is no earlier one's.
  var distinct: [Int] { firstEqual.indices.filter { firstEqual[$0] == $0 } }

  /// The pieces without which every design stays as it is.
  var idle: [Int] {
    pieces.enumerated().filter { index, _ in
      firstEqual.indices.allSatisfy { firstEqual[$0] == firstEqual[$0 & ~(1 << index)] }
    }.map(\.element)
  }
}

/// Many searches, of which most are small.
///
/// They run side by side, each on one thread and with a share of the memory. What its share was too
/// little for is searched again after that, with every thread and all of the memory, so that the
/// outcomes don't depend on the number of threads.
private struct SideBySide {
  /// The least memory with which a search gets anywhere.
  private static let leastShare = 32 << 20

  private let options: SearchOptions
  private let monitor: SearchMonitor
  private let progress: @Sendable (Int, Int) -> Void
  private let deadline: ContinuousClock.Instant?

  init(
    _ options: SearchOptions, _ monitor: SearchMonitor,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) {
    self.options = options
    self.monitor = monitor
    self.progress = progress
    deadline = options.seconds.map { .now + .seconds($0) }
  }

  func outcomes(of systems: [System]) throws(InputError) -> [Outcome] {
    let lanes = max(1, min(options.threads, options.memory / Self.leastShare))
    let share = options.memory / lanes
    let results = Mutex<[Int: Result<Outcome, InputError>]>([:])
    shareOut(systems.count, among: lanes) { number, _ in
      let result = Result { () throws(InputError) in
        try search(systems[number], threads: 1, memory: share)
      }
      let done = results.withLock {
        $0[number] = result
        return $0.count
      }
      progress(done, systems.count)
    }
    return try systems.enumerated().map { number, system throws(InputError) in
      if let outcome = try? results.withLock({ $0[number] })?.get(),
        outcome.verdict != .inconclusive(.memory)
      {
        return outcome
      }
      return try search(system, threads: options.threads, memory: options.memory)
    }
  }

  private func search(
    _ system: System, threads: Int, memory: Int
  ) throws(InputError) -> Outcome {
    let secondsLeft = deadline.map { max(0, ($0 - .now) / .seconds(1)) }
    return try system.search(
      SearchOptions(threads: threads, memory: memory, seconds: secondsLeft), monitor: monitor)
  }
}
