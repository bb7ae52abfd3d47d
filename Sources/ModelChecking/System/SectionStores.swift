/// Under total store order, the stores that grace periods of one domain have to wait for: those that were in a
/// store buffer when a read section was left there.
struct SectionStores: Sendable {
  let domain: String
  /// By CPU: how many of its oldest stores were made before its last section was left; nil where it has no store
  /// buffer.
  let left: [Field<Int>?]
  /// By actor that may wait, and by CPU: of how many its grace period waits to become visible.
  let awaited: [Int: [Field<Int>?]]

  /// What counts the oldest stores of a CPU.
  func counts(of cpu: Int) -> [Field<Int>] {
    ([left[cpu]] + awaited.sorted { $0.key < $1.key }.map { $0.value[cpu] }).compactMap(\.self)
  }
}

extension StepDefinition {
  /// The same step, which also does to stores what it is to read sections and grace periods.
  ///
  /// - Parameter buffer: that of its CPU; nil where nothing waits in one.
  func waiting(for stores: SectionStores?, through buffer: StoreBuffer?, on cpu: Int)
    -> StepDefinition
  {
    guard let deed = gracePeriod, let stores else { return self }
    var step = self
    let (isEnabled, action) = (guardCondition, action)
    switch deed.kind {
    case .enters: break
    case .leaves:
      guard let buffer, let nesting = deed.nesting, let left = stores.left[cpu] else { break }
      step.replaceAction { state in
        let waiting = deed.waiters.filter { state[$0.readers].contains(deed.actor) }
        let answer = action(state)
        if state.context.pointee.fault != nil || state[nesting] > 0 { return answer }
        let count = buffer.count(in: state)
        state[left] = count
        for waiter in waiting {
          if let awaited = stores.awaited[waiter.actor]?[cpu] { state[awaited] = count }
        }
        return answer
      }
    case .begins:
      guard let awaited = stores.awaited[deed.actor] else { break }
      step.replaceAction { state in
        let answer = action(state)
        for (count, left) in zip(awaited, stores.left) {
          if let count, let left { state[count] = state[left] }
        }
        return answer
      }
    case .ends:
      guard let awaited = stores.awaited[deed.actor]?.compactMap(\.self) else { break }
      step.replaceGuard { state in
        (isEnabled?(state) ?? true) && awaited.allSatisfy { state[$0] == 0 }
      }
    }
    return step
  }
}
