import Dispatch
import Foundation
import ModelChecking
import Synchronization

/// Ends the work under way when the user, a scheduler or a closed terminal asks for it.
///
/// The first signal asks for what was found so far; a second ends the process.
final class Interruption {
  /// Ctrl-C; what batch systems and service managers send; a terminal that goes away.
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  private var sources: [any DispatchSourceSignal] = []

  init(stopping monitor: SearchMonitor) {
    // A queue of its own gets a thread even while the workers keep every processor busy.
    let queue = DispatchQueue(label: "interruption")
    let count = Counter()
    for number in Self.signals {
      // Not SIG_IGN, which a process that is started meanwhile would inherit, and keep.
      let before = signal(number) { _ in }
      // What nohup has the process ignore stays ignored.
      if number == SIGHUP,
        unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        signal(number, SIG_IGN)
        continue
      }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if count.next() > 1 { Self.endProcess(by: number) }
        monitor.stop()
      }
      source.resume()
      sources.append(source)
    }
  }

  /// From here on a signal ends the process.
  func end() {
    for source in sources {
      let number = Int32(source.handle)
      source.cancel()
      signal(number, SIG_DFL)
    }
    sources = []
  }

  /// So that who waits for the process sees that a signal ended it.
  private static func endProcess(by number: Int32) -> Never {
    UnfinishedFiles.takeAway {
      signal(number, SIG_DFL)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, number)
      pthread_sigmask(SIG_UNBLOCK, &set, nil)
      raise(number)
      _exit(128 + number)
    }
  }

  /// The signals that came.
  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
  }
}
