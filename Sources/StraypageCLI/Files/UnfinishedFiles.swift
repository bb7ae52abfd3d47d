import Foundation
import Synchronization

/// The files that are being written under a passing name, to be taken away where the process is ended
/// before they are done.
enum UnfinishedFiles {
  private static let paths = Mutex<Set<String>>([])

  static func add(_ path: String) { paths.withLock { _ = $0.insert(path) } }

  static func remove(_ path: String) { paths.withLock { _ = $0.remove(path) } }

  /// Takes them away and ends the process; none can be begun in between.
  static func takeAway(andEnd end: () -> Never) -> Never {
    paths.withLock { paths in
      for path in paths { unlink(path) }
      end()
    }
  }
}
