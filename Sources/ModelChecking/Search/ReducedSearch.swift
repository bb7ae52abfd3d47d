/// A search that visits one state for many: for those that differ only in which of several alike things is
/// which, and for those that differ only in registers that are dead.
///
/// Both are held to what is seen while it goes on, and where they turn out wrong it begins again with what is
/// left. Registers are learned by a small search that sets none back. That a later one finds a register live
/// where it was thought dead is rare, as most of a program is run in the first thousands of states.
///
/// Where it is kept, no register is set back: what is known of them is not kept with it.
struct ReducedSearch {
  private let system: System
  private let options: SearchOptions
  private let stop: StopCondition
  private let monitor: SearchMonitor
  /// Whether it is kept, and what it goes on from until it has begun.
  private(set) var keeping: Keeping?

  /// Words of families that are not alike, and the sentences that say why.
  private var unlike: Set<[String]> = []
  private var differences: [String] = []
  /// Words of families for whose members no steps stand that look alike.
  private var ordered: Set<[String]> = []
  /// Whether one arrangement may stand for others.
  private var mayExchange = true
  /// What is known of registers; nil where none is set back.
  private var live: LiveRegisters?
  /// Whether it came on something that several ranks can't tell of together.
  private(set) var isForOneMachine = false
  /// How often a register was live where it was set back.
  private var mistakes = 0
  /// After so many, none is set back.
  private static let mostMistakes = 32

  init(
    _ system: System, _ options: SearchOptions, _ stop: StopCondition, _ monitor: SearchMonitor,
    _ keeping: Keeping?
  ) {
    self.system = system
    self.options = options
    self.stop = stop
    self.monitor = monitor
    self.keeping = keeping
    unlike = keeping?.reduction?.unlike ?? []
    differences = keeping?.reduction?.differences ?? []
  }

  /// The outcome; where nothing can be left out, why not.
  ///
  /// - Throws: `InputError` where what was kept can't be gone on from.
  mutating func outcome() throws(InputError) -> Result<Outcome, Symmetry.None> {
    if keeping == nil { learnRegisters() }
    while true {
      keeping?.reduction = SavedSearch.Reduction(unlike: unlike, differences: differences)
      let symmetry: Symmetry?
      // Whatever traps is met again by the search of every state.
      switch Trap.catching({ foundSymmetry }) {
      case .failure: return .failure(Symmetry.None(reasons: differences))
      case .success(.success(let found)): symmetry = found
      case .success(.failure(let none)):
        if live == nil { return .failure(Symmetry.None(reasons: differences + none.reasons)) }
        symmetry = nil
        differences += none.reasons
        mayExchange = false
      }
      live?.close(symmetry)
      let search: FastSearch
      do throws(InputError) {
        search = try FastSearch(
          live.map { system.settingBack(deadBeside: $0) } ?? system, options, stop: stop,
          monitor: monitor, symmetry: symmetry, live: live, keeping: keeping)
      } catch {
        // What can't be gone on from, and what a disk doesn't give back, must not be begun anew without a word.
        if !error.isFaultOfModel { throw error }
        keeping?.start = nil
        return .failure(Symmetry.None(reasons: differences))
      }
      keeping?.start = nil
      isForOneMachine = search.isForOneMachine
      if isForOneMachine { return .failure(Symmetry.None(reasons: [])) }
      if let difference = search.difference {
        // They may be alike where the ways of a choice stand for something else. A search that is kept says only
        // what is unlike.
        let words = difference.family.words
        if keeping == nil, symmetry?.wordsOfSteps.contains(words) ?? false {
          ordered.insert(words)
          continue
        }
        differences.append(difference.reason)
        // The others may be; and so may this together with something else.
        unlike.insert(words)
        continue
      }
      if search.wasLive {
        mistakes += 1
        live = mistakes > Self.mostMistakes ? nil : search.live
        continue
      }
      if options.peers != nil {
        isForOneMachine = search.needsOneMachine
        if isForOneMachine { return .failure(Symmetry.None(reasons: [])) }
      } else if symmetry != nil && search.needsEveryState {
        if live == nil { return .failure(Symmetry.None(reasons: [])) }
        mayExchange = false
        differences = []
        continue
      }
      var outcome: Outcome
      do throws(InputError) {
        outcome = try search.keptOutcome()
      } catch {
        if !error.isFaultOfModel { throw error }
        return .failure(Symmetry.None(reasons: []))
      }
      outcome.alike = symmetry?.families.map(\.description) ?? []
      outcome.setBack = search.live?.dead.map { system.layout.fields[$0].name } ?? []
      outcome.difference = (differences + (symmetry?.refusals ?? [])).first
      return .success(outcome)
    }
  }

  /// What is alike, if that is worth its while; nil where it is known not to be.
  private var foundSymmetry: Result<Symmetry?, Symmetry.None> {
    if !mayExchange { return .success(nil) }
    return Result { () throws(Symmetry.None) in
      let symmetry = try Symmetry(of: system, except: unlike, ordered: ordered)
      if symmetry.order < options.leastArrangements {
        throw Symmetry.None(reasons: symmetry.refusals)
      }
      return symmetry
    }
  }

  /// Learns which registers are live from some thousands of states. What values a field had is not told by
  /// registers that were set back.
  ///
  /// Whether it is worth its while is not asked: that shows late, when programs have gone round more than once,
  /// and costs next to nothing, as what a step does is remembered with what it sets back.
  private mutating func learnRegisters() {
    if !system.hasRegisters || options.looksAtValues || !options.setsRegistersBack { return }
    // Each rank for itself: they learn the same.
    var alone = options
    alone.peers = nil
    let search = try? FastSearch(
      system, alone, stop: stop, monitor: monitor, learning: LiveRegisters(of: system),
      most: options.statesToLearnFrom)
    if let peers = options.peers, peers.any(stop.reached != nil) { return }
    guard let learned = search?.live, !learned.dead.isEmpty else { return }
    live = learned
  }
}
