import ModelChecking
import Reporting

/// How far a command's work got, in a line: what matters most stands first, and what a terminal has no room
/// for is left out.
package struct SearchProgress: Sendable {
  private let monitor: SearchMonitor
  private let memory: Int?
  private let seconds: Double?

  /// - Parameter options: the limits of the work, if it has some.
  package init(_ monitor: SearchMonitor, within options: SearchOptions? = nil) {
    self.monitor = monitor
    memory = options?.memory
    seconds = options?.seconds
  }

  /// - Parameters:
  ///   - count: what is done of several searches, in words; nil where there is one.
  ///   - elapsed: seconds since the work began.
  ///   - columns: of the terminal.
  package func line(of count: String? = nil, after elapsed: Double, columns: Int) -> String {
    let phrases = [count].compactMap(\.self) + phrases(of: monitor.work, after: elapsed)
    var line = Self.time(elapsed)
    for (number, phrase) in phrases.enumerated() {
      let longer = line + (number == 0 ? ": " : ", ") + phrase
      // A line that fills the last column goes over into the next, which is not taken away again.
      if longer.count >= columns { break }
      line = longer
    }
    return line
  }

  private func phrases(of work: SearchMonitor.Work, after elapsed: Double) -> [String] {
    let left = left(in: work, after: elapsed).map { [$0] } ?? []
    if work.stage != .exploring {
      let share = work.all == 0 ? "" : " \(100 * work.done / work.all) %"
      return ["\(work.stage.words)\(share)"] + left + ["\(monitor.states.grouped) states"] + bytes
    }
    let rate = elapsed > 0 ? Int(Double(monitor.states) / elapsed) : 0
    return ["\(monitor.states.grouped) states"] + left + [
      "\(rate.grouped)/s", "depth \(monitor.depth)", "frontier \(monitor.frontier.grouped)",
    ] + bytes
  }

  /// Nothing where no count of them is kept.
  private var bytes: [String] {
    if monitor.storedBytes == 0 { return [] }
    let used = (monitor.storedBytes >> 20).grouped
    return [memory.map { "\(used) of \(($0 >> 20).grouped) MB" } ?? "\(used) MB"]
  }

  /// How long it may take from here on, where that is known. How many states are still unseen never is; what
  /// goes through those that are there once more has them counted.
  package func left(in work: SearchMonitor.Work, after elapsed: Double) -> String? {
    if work.done > 0 && work.seconds >= 1 {
      let rest = work.seconds * Double(work.all - work.done) / Double(work.done)
      return "about \(Self.time(rest)) left"
    }
    return seconds.map { "at most \(Self.time($0 - elapsed)) left" }
  }

  /// "9 s", "1:05", "2:00:09".
  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(max(0, seconds), 1e9))
    if whole < 60 { return "\(whole) s" }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let minutes = whole / 60 % 60
    return whole < 3600
      ? "\(minutes):\(two(whole % 60))" : "\(whole / 3600):\(two(minutes)):\(two(whole % 60))"
  }
}

extension SearchMonitor.Stage {
  fileprivate var words: String {
    switch self {
    case .exploring: "exploring"
    case .numbering: "numbering the states"
    case .judging: "asking whether all can still come to its end"
    case .graphing: "making the graph of all states"
    case .goingRound: "looking for runs that go on for ever"
    case .tracing: "looking for the shortest trace"
    case .explaining: "asking what the trace shows"
    case .walking: "walking"
    }
  }
}
