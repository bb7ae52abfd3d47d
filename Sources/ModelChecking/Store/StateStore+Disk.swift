/// States that lie on a disk: those that a search has behind it, and then those before it, too. Where the index
/// tells states apart by itself, nothing is wanted of any but one after the other.
///
/// For whoever reads them nothing is different: the pages of the file stand where the states lay.
extension StateStore {
  /// The bytes of states that lie on the disk.
  package var diskBytes: Int { file?.byteCount ?? 0 }

  /// Whether there are states that can go on the disk while a level is expanded.
  func canMoveToDisk(expanding level: Range<Int>) -> Bool {
    disk != nil && diskTrouble == nil
      && StateFile.wholePages(of: byteOffset(of: movable(expanding: level))) > diskBytes
  }

  /// Before which position states are to go: all that there are, or where they are compared, first those that are
  /// seldom met again.
  private func movable(expanding level: Range<Int>) -> Int {
    let isBehind = StateFile.wholePages(of: byteOffset(of: level.lowerBound)) > diskBytes
    return index.namesPositions && isBehind ? level.lowerBound : reservedCount
  }

  private func byteOffset(of position: Int) -> Int { 8 * index.wordCount * position }

  /// Moves states to the disk, whose memory is then for others. Where they find no room there it is noted why
  /// (`diskTrouble`), and those that found none stay where they are. Between rounds only, and without gaps.
  ///
  /// - Parameter level: the states that are being expanded, or are to be next.
  /// - Complexity: proportional to the states that are moved; to all where the index takes another form.
  package func moveToDisk(expanding level: Range<Int>, _ forEachChunk: ForEachChunk) {
    guard let disk, canMoveToDisk(expanding: level) else { return }
    let end = byteOffset(of: movable(expanding: level))
    do throws(DiskTrouble) {
      let file = if let file { file } else { try StateFile(in: disk) }
      self.file = file
      try file.takeOver(stateMemory, upTo: end)
    } catch {
      diskTrouble = error
    }
    onDisk = diskBytes / (8 * index.wordCount)
    budget.away = onDisk
    useBudget()
    holdRests(forEachChunk)
  }

  /// Has the index tell states apart by itself, if one that does leaves room for more states.
  private func holdRests(_ forEachChunk: ForEachChunk) {
    guard onDisk > 0, index.namesPositions, let least = budget.leastExponentOfRests else { return }
    var size = index.size
    while size.exponent < least { size = size.next }
    if size > largestSize || budget.capacity(beside: size) < reservedCount / 8 * 9 + 2 * slack {
      return
    }
    refill(size, gaps: [], forEachChunk)
    useBudget()
  }

  /// How many bits may name half of a state for the index, at its largest beside states, to hold the rests of
  /// what names both.
  var halfBitsForRests: Int {
    var budget = budget
    budget.wordCount = 1
    let bits = 32 - Int(StateIndex.probeBits) + budget.mostSize(from: index.size).exponent
    return min(StateTree.mostHalfBits, bits / 2)
  }

  // MARK: Reading

  /// After how many bytes that were read in their order those before are given up.
  private static let pieceSize = 4 << 20

  /// Notes that some states were read, of many in their order: what is read of the disk is not to fill the memory.
  func noteReading(_ positions: Range<Int>) {
    if positions.lowerBound >= onDisk { return }
    let (first, last) = (
      byteOffset(of: positions.lowerBound) / Self.pieceSize,
      byteOffset(of: min(positions.upperBound, onDisk)) / Self.pieceSize
    )
    // Other threads are about as far.
    if first < last {
      stateMemory.release((max(0, first - 1) * Self.pieceSize)..<(last * Self.pieceSize))
    }
  }

  /// Gives up all that was read of the disk.
  func releaseRead() {
    if onDisk > 0 { stateMemory.release(0..<diskBytes) }
  }

  /// Gives the disk back. States that lay there read as zeros.
  func discardFile() {
    guard let file else { return }
    stateMemory.clear()
    file.clear()
    onDisk = 0
  }
}
