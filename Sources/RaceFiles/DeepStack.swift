import Foundation

/// Runs work that follows what stands within one another, on a stack that is deep enough for it.
enum DeepStack {
  /// The stack is reserved, and takes memory only where it is used.
  private static let bytes = 256 << 20

  private final class Box<Result: Sendable>: @unchecked Sendable {
    // Written by the thread before it signals, and read after that.
    var result: Result?
  }

  static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
    let box = Box<Result>()
    let isDone = DispatchSemaphore(value: 0)
    let thread = Thread {
      box.result = body()
      isDone.signal()
    }
    thread.stackSize = bytes
    thread.start()
    isDone.wait()
    return box.result!
  }
}
