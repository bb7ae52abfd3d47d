import Dispatch
import Foundation
import ModelChecking

/// Shows how far a search got, on a terminal, and ends it when the user asks for it.
final class SearchWatch {
  private static let interval = DispatchTimeInterval.milliseconds(200)

  // A queue of its own gets a thread even while the workers keep every processor busy.
  private let queue = DispatchQueue(label: "straypage.watch")
  private let interruption: any DispatchSourceSignal
  private var progress: (any DispatchSourceTimer)?

  init(_ monitor: SearchMonitor) {
    signal(SIGINT, SIG_IGN)
    interruption = DispatchSource.makeSignalSource(signal: SIGINT, queue: queue)
    interruption.setEventHandler {
      // The first asks for what was found so far; a second ends the process.
      monitor.stop()
      signal(SIGINT, SIG_DFL)
    }
    interruption.resume()
    if isatty(STDERR_FILENO) == 1 { showProgress(of: monitor) }
  }

  /// Takes the progress line away and gives the keyboard back.
  func end() {
    interruption.cancel()
    signal(SIGINT, SIG_DFL)
    guard let progress else { return }
    progress.cancel()
    self.progress = nil
    // After whatever the timer still shows.
    queue.sync { Self.show("") }
  }

  private func showProgress(of monitor: SearchMonitor) {
    let start = ContinuousClock.now
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + Self.interval, repeating: Self.interval)
    timer.setEventHandler {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      Self.show(
        String(
          format: "%.1f M states, %.2f M/s, depth %d, frontier %d, %d MB",
          Double(monitor.states) / 1e6, Double(monitor.states) / 1e6 / seconds, monitor.depth,
          monitor.frontier, monitor.storedBytes >> 20))
    }
    timer.resume()
    progress = timer
  }

  private static func show(_ line: String) {
    FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
  }
}
