/// Random walks from states that may be hangs.
extension Worker {
  /// The steps that are taken from a suspect, in as many walks as that makes.
  private static let mostSteps = 1 << 16

  /// Whether walks from a state come to a state whose actors are nearer to home together, or meet all that
  /// must stay possible on their ways. What the batch held is lost.
  ///
  /// - Parameters:
  ///   - steps: grows by those that were taken.
  ///   - copy: room for a state.
  func goesOn(
    from start: UnsafePointer<UInt64>, steps: inout Int, copy: UnsafeMutablePointer<UInt64>
  ) -> Bool {
    let distance = stepper.distance(of: start)
    var random = SplitMix64(seed: start.pointee)
    var fulfilled = stepper.fulfilled(in: start)
    stepper.copy(start, to: copy)
    for _ in 0..<Self.mostSteps {
      let end = stepper.expand(copy, into: batch.base, wordCount: wordCount).end
      let count = (end - batch.base) / wordCount
      if count == 0 {
        // A walk that can't go on begins again.
        if isEqual(copy, start) { return false }
        stepper.copy(start, to: copy)
        continue
      }
      stepper.copy(batch.base + random.next(below: count) * wordCount, to: copy)
      steps += 1
      if stepper.distance(of: copy) < distance { return true }
      fulfilled.formUnion(stepper.fulfilled(in: copy))
      if fulfilled == stepper.obligations { return true }
    }
    return false
  }

  private func isEqual(_ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>) -> Bool {
    (0..<wordCount).allSatisfy { a[$0] == b[$0] }
  }
}
