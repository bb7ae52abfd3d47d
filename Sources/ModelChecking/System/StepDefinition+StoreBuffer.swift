/// Steps as a CPU with a store buffer takes them.
extension StepDefinition {
  /// - Parameters:
  ///   - buffer: that of its CPU; nil where nothing waits in one.
  ///   - givenBack: what the lock that it gives back has in memory until others see that it is free.
  ///   - isWatched: whether it shows when that is, although nobody takes it before.
  func through(
    _ buffer: StoreBuffer?, _ treatment: StoreBufferPlan.Treatment, givenBack: Int?,
    isWatched: Bool
  ) -> StepDefinition {
    guard let buffer else { return self }
    var step = self
    let action = action
    if let isEnabled = step.guarding(buffer, treatment) { step.replaceGuard(isEnabled) }
    let releases = treatment.releases
    step.replaceAction { state in
      let count = buffer.count(in: state)
      if count == 0 && treatment.pushes == 0 { return action(state) }
      let (answer, stores) = buffer.run(action, in: state)
      if treatment.pushes == 0 || stores.isEmpty && !treatment.isSectionOfLock { return answer }
      if let releases, count == 0 && !isWatched && !treatment.isSectionOfLock {
        buffer.store(releases, 0, in: state)
        return answer
      }
      for (number, store) in stores.enumerated() {
        // Nobody sees the middle of a section.
        if stores[(number + 1)...].contains(where: { $0.field == store.field }) { continue }
        if let code = buffer.code(of: store.to, in: store.field) { buffer.push(code, to: state) }
      }
      if let releases, let givenBack { buffer.store(releases, givenBack, in: state) }
      if treatment.isSectionOfLock, let releases, let free = buffer.code(of: 0, in: releases) {
        buffer.push(free, to: state)
      }
      return answer
    }
    step.wrapAssertions { holds, _ in
      { state, answer in buffer.withView(of: state) { holds($0, answer) } }
    }
    return step
  }

  /// When the step may be taken on a CPU with a store buffer; nil where it never has to wait.
  private func guarding(
    _ buffer: StoreBuffer, _ treatment: StoreBufferPlan.Treatment
  ) -> Guard? {
    let (isEnabled, action) = (guardCondition, action)
    if !treatment.waitsForEmpty && treatment.pushes == 0 {
      guard let isEnabled else { return nil }
      return { state in buffer.withView(of: state, isEnabled) }
    }
    return { state in
      let count = buffer.count(in: state.raw)
      if count > 0 && treatment.waitsForEmpty {
        if !treatment.unlessUnchanged { return false }
        return buffer.withView(of: state) { (view: State) -> Bool in
          if let isEnabled, !isEnabled(view) { return false }
          return buffer.leavesAll(as: view, action)
        }
      }
      if count + treatment.pushes > buffer.slots.count { return false }
      guard let isEnabled else { return true }
      return buffer.withView(of: state, isEnabled)
    }
  }
}
