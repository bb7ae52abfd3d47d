import Dispatch
import Synchronization

/// Runs `body` for 0 ..< `count`, several at a time; who is done takes the next.
///
/// - Parameters:
///   - lanes: how many at a time, at least 1.
///   - body: gets the number and the lane it runs in. What runs in a lane runs one after the other.
func shareOut(
  _ count: Int, among lanes: Int, _ body: @Sendable (_ number: Int, _ lane: Int) -> Void
) {
  let taken = Atomic<Int>(0)
  concurrently(lanes) { lane in
    while true {
      let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      if number >= count { return }
      body(number, lane)
    }
  }
}

/// Runs `body` for 0 ..< `count` at the same time, as far as there are processors.
func concurrently(_ count: Int, _ body: @Sendable (Int) -> Void) {
  if count == 1 { return body(0) }
  DispatchQueue.concurrentPerform(iterations: count, execute: body)
}
