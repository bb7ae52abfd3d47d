/// What is done to the store between rounds, when no worker adds to it.
extension FastSearch {
  /// Makes what the store needs, all workers at work on it, and has them use what it then is.
  private func change(_ change: (StateStore.ForEachChunk) -> Void) {
    change { range, body in forEachChunk(of: range) { chunk, _ in body(chunk) } }
    for worker in workers.indices { workers[worker].adopt(store.index) }
    assertSoundStore()
  }

  func growIndex() {
    change { store.growIndex(gaps: gaps, treeGaps: unusedNames, $0) }
  }

  /// Has states of several words take one each, in whose parts all others have a share. Between rounds only.
  func encodeStates() {
    // Those of all levels that are done, which are the same on any number of threads.
    let settled = progress.stateCount > 0 ? progress.stateCount : store.reservedCount
    change { store.encode(settled: settled, gaps: gaps, $0) }
  }

  /// Has states lie on the disk. Between rounds only.
  func moveToDisk(expanding level: Range<Int>) {
    closeGaps()
    change { store.moveToDisk(expanding: level, $0) }
  }

  /// What of the search lies on a disk; nil where none was to.
  var disk: DiskUse? {
    options.disk.map {
      DiskUse(
        folder: $0.folder, bytes: store.diskBytes, states: store.onDisk, trouble: store.diskTrouble)
    }
  }

  /// Whether everything fitted into the store.
  var isStoreComplete: Bool {
    store.isComplete(unusedNames: unusedNames.reduce(0) { $0 + $1.count })
  }

  /// Makes the states' positions known, which only what follows the search asks for.
  func nameStates() {
    stop.monitor.begin(.numbering)
    change(store.nameStates)
  }

  /// Ends a debug build whose store is broken.
  func assertSoundStore() {
    assert(
      {
        if !store.isBroken {
          try! store.checkInvariants(gaps: gaps)
          try! store.tree?.values.checkInvariants(gaps: unusedNames)
        }
        return true
      }())
  }

  /// The reserved positions that hold no state yet.
  private var gaps: [Range<Int>] {
    workers.indices.map { workers[$0].block }.filter { !$0.isEmpty }
  }

  /// The reserved names that no part of a state has yet.
  private var unusedNames: [Range<Int>] {
    workers.indices.map { workers[$0].unusedNames }.filter { !$0.isEmpty }
  }

  func closeGaps() {
    store.close(gaps: gaps)
    for worker in workers.indices { workers[worker].dropBlock() }
  }
}
