import Synchronization

/// Many searches within one budget.
///
/// Every system is first searched small: on one thread, in little memory, side by side with others.
/// What needs more then gets all threads and all memory, one system after the other. The size of a
/// search decides and not the time it takes, so that the same ones are small on every run and on any
/// number of threads.
public struct Campaign: Sendable {
  /// The bytes of a small search, where the budget has as many.
  package static let smallMemory = 64 << 20

  /// What all searches may use together.
  public let budget: SearchOptions

  /// What became of a search.
  public enum Ending: Sendable {
    /// It was made; a limit may have ended it before there was a verdict.
    case searched(System, Outcome)
    /// There is no verdict because something is wrong with the model, told in a sentence, after which
    /// there may be lines of details: its declarations, or a function of it that went wrong.
    case broken(String)
    /// It never began, because of a limit, in a sentence.
    case notRun(SearchLimit, reason: String)
  }

  public init(budget: SearchOptions) { self.budget = budget }

  /// - Throws: `InputError` for less memory than a small search is given.
  static func requireRoom(_ budget: SearchOptions) throws(InputError) {
    guard budget.memory >= smallMemory else {
      throw InputError(
        "a budget of \(max(0, budget.memory) >> 20) MB of memory is too small; it must be at least "
          + "\(smallMemory >> 20) MB")
    }
  }

  /// Searches a system for each item, as far as the budget lasts.
  ///
  /// An item that goes wrong takes nothing from the others.
  ///
  /// - Parameters:
  ///   - items: what the systems are made of, in the order of the reports.
  ///   - monitor: ends the run; what is under way is then inconclusive, and the rest not run.
  ///   - progress: gets the number of items done whenever one is, one call at a time.
  ///   - report: gets each item's number and ending as soon as it and all before it are done, one
  ///     call at a time.
  ///   - system: makes an item's system; called from any thread, and twice for what isn't small.
  /// - Returns: the endings in the order of the items. They are the same for any number of threads,
  ///   unless time ran out or somebody ended the run.
  public func run<Item: Sendable>(
    _ items: [Item], monitor: SearchMonitor = SearchMonitor(),
    progress: @Sendable (_ done: Int) -> Void = { _ in },
    report: @Sendable (_ number: Int, _ ending: Ending) -> Void = { _, _ in },
    system: @Sendable (Item) throws(InputError) -> System
  ) -> [Ending] {
    let time = TimeBudget(budget.seconds)
    let endings = Mutex(EndingsInOrder(count: items.count))
    let large = Mutex<[Int: Ending]>([:])

    let lanes = lanes(for: items.count)
    shareOut(items.count, among: lanes) { number, _ in
      let rounds = Double(items.count - number) / Double(lanes)
      let search = Search(options: small, seconds: time.share(among: rounds), monitor: monitor)
      let ending = search.ending { () throws(InputError) in try system(items[number]) }
      if mayGetFurther(ending) {
        large.withLock { $0[number] = ending }
      } else {
        endings.withLock { $0.add(ending, at: number, progress, report) }
      }
    }

    let left = large.withLock { $0 }.sorted { $0.key < $1.key }
    for (place, (number, tried)) in left.enumerated() {
      let seconds = time.share(among: Double(left.count - place))
      let search = Search(options: budget, seconds: seconds, monitor: monitor)
      var ending = search.ending { () throws(InputError) in try system(items[number]) }
      // A share of the time that was used up is more than a turn that never came.
      if case .notRun = ending, tried.limit == .time { ending = tried }
      endings.withLock { $0.add(ending, at: number, progress, report) }
    }
    return endings.withLock { $0.all }
  }

  /// How many small searches run side by side: no more than the memory is enough for.
  package func lanes(for count: Int) -> Int {
    max(1, min(budget.threads, budget.memory / Self.smallMemory, count))
  }

  /// The limits of a small search. They are the same for any number of lanes.
  private var small: SearchOptions {
    SearchOptions(memory: min(budget.memory, Self.smallMemory))
  }

  /// Whether a small search that came to no verdict may come to one with more.
  private func mayGetFurther(_ ending: Ending) -> Bool {
    switch ending.limit {
    case .memory: budget.memory > Self.smallMemory
    case .time: true
    case .interrupted, .stateCount, .storeBuffer, .keptStores, .otherPart, .error, .diskSpace,
      .diskFull, .diskFailure, nil:
      false
    }
  }
}

extension Campaign.Ending {
  /// What the search found, if there was one.
  public var outcome: Outcome? {
    if case .searched(_, let outcome) = self { outcome } else { nil }
  }

  /// The limit that came before a verdict, if one did.
  public var limit: SearchLimit? {
    switch self {
    case .searched(_, let outcome): outcome.verdict.limit
    case .broken: .error
    case .notRun(let limit, _): limit
    }
  }
}

/// One search of a campaign, with its part of the budget.
private struct Search {
  let options: SearchOptions
  let seconds: Double?
  let monitor: SearchMonitor

  func ending(of makeSystem: () throws(InputError) -> System) -> Campaign.Ending {
    if monitor.mustStop { return .notRun(.interrupted, reason: "interrupted") }
    if let seconds, seconds <= 0 {
      return .notRun(.time, reason: "the time of the budget was used up")
    }
    let system: System
    do throws(InputError) {
      system = try makeSystem()
    } catch {
      return .broken(error.lines.joined(separator: "\n"))
    }
    var options = options
    options.seconds = seconds
    do throws(InputError) {
      return .searched(system, try system.search(options, monitor: monitor))
    } catch {
      if error.isFaultOfModel { return .broken(error.lines.joined(separator: "\n")) }
      return .notRun(.memory, reason: error.message)
    }
  }
}

/// Endings that come in any order and are reported in that of the items.
private struct EndingsInOrder {
  private var endings: [Campaign.Ending?]
  private var done = 0
  private var reported = 0

  init(count: Int) { endings = Array(repeating: nil, count: count) }

  var all: [Campaign.Ending] { endings.compactMap(\.self) }

  mutating func add(
    _ ending: Campaign.Ending, at number: Int, _ progress: (Int) -> Void,
    _ report: (Int, Campaign.Ending) -> Void
  ) {
    endings[number] = ending
    done += 1
    progress(done)
    while reported < endings.count, let next = endings[reported] {
      report(reported, next)
      reported += 1
    }
  }
}
