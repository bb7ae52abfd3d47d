import Dispatch
import Foundation
import ModelChecking

/// Shows how far a command's work got, on a terminal, and ends it when somebody asks for that.
final class SearchWatch: @unchecked Sendable {
  // Unchecked: changed by its owner only, before and after what is printed from other threads.

  private static let interval = DispatchTimeInterval.milliseconds(200)

  // A queue of its own gets a thread even while the workers keep every processor busy.
  private let queue = DispatchQueue(label: "search watch")
  private let interruption: Interruption
  private var progress: (any DispatchSourceTimer)?

  /// - Parameters:
  ///   - options: the limits of the work.
  ///   - earlier: what has listened for signals from before the work began; nil to begin with that now.
  ///   - count: what is done of several searches, in words; nil where there is one.
  init(
    _ monitor: SearchMonitor, within options: SearchOptions? = nil,
    listening earlier: Interruption? = nil,
    count: @escaping @Sendable () -> String? = { nil }
  ) {
    interruption = earlier ?? Interruption(stopping: monitor)
    guard let columns = Terminal.columnsOfStandardError else { return }
    let (start, work) = (ContinuousClock.now, SearchProgress(monitor, within: options))
    showProgress {
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      return work.line(of: count(), after: elapsed, columns: columns)
    }
  }

  /// Takes the progress line away, so that results can be shown. Signals are still heard.
  func endProgress() {
    guard let progress else { return }
    progress.cancel()
    self.progress = nil
    // After whatever the timer still shows.
    queue.sync { Self.show("") }
  }

  /// The work and its reports are done.
  func end() {
    endProgress()
    interruption.end()
  }

  /// Prints something without the progress line in between.
  func printing(_ print: () -> Void) {
    queue.sync {
      if progress != nil { Self.show("") }
      print()
    }
  }

  private func showProgress(_ line: @escaping @Sendable () -> String) {
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    timer.setEventHandler { Self.show(line()) }
    timer.resume()
    progress = timer
  }

  /// A terminal that is gone takes nothing from the work.
  private static func show(_ line: String) {
    try? write("\r\u{1B}[K\(line)".utf8, to: STDERR_FILENO)
  }
}
