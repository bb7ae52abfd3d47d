import ModelChecking

/// All states that the search of every state visits, as they are where dead registers are set back; and the
/// system whose steps do that.
package func imagesSetBack(
  of system: System
) throws -> (states: Set<[UInt64]>, settingBack: System) {
  let search = try FastSearch(
    system, SearchOptions(), stop: StopCondition(SearchOptions(), SearchMonitor()),
    monitor: SearchMonitor(), learning: LiveRegisters(of: system))
  let settingBack = system.settingBack(deadBeside: search.live!)
  let states = (0..<search.store.reservedCount).map { position in
    let words = UnsafeBufferPointer(
      start: search.store.index.state(at: position), count: system.layout.wordCount)
    return settingBack.settingRegistersBack(in: Array(words))
  }
  return (Set(states), settingBack)
}
