/// Finds, for a state, the one of its orbit that stands for all, and how many they are.
///
/// Members of a family are sorted by what the state says of them (`MemberColors`). Those of whom it says
/// the same are mostly twins: exchanging them changes nothing, and any order is right. Where they are not,
/// each is tried as the first of them in turn, which tells the others apart, and the least state that comes
/// of it is taken. (So do
/// programs that find canonical labels of graphs: B. D. McKay, A. Piperno, "Practical Graph Isomorphism, II",
/// 2014.) Colours follow the members wherever they are, so all states of an orbit come to the same one.
///
/// One for each worker. It allocates nothing while it works.
package final class Canonizer {
  private let table: SymmetryTable
  private let wordCount: Int
  private let memberCount: Int
  private let exchanges: UnsafePointer<StateExchange>
  private let exchangeNumbers: UnsafePointer<Int32>
  private let familyStarts: UnsafeBufferPointer<Int>
  private let exchangedActors: UnsafePointer<UInt8>
  private let actorCount: Int
  /// By actor of the state that was last made canonical: what it is called there. Kept only where asked for.
  let actorNames: OwnedBuffer<UInt8>

  private let exchangedAlternatives: UnsafePointer<Int32>
  private let alternativeCount: Int
  /// The exchanges of neighbours that were last found to change nothing.
  private let twins: OwnedBuffer<Int32>
  private var twinCount = 0

  /// A state under work: its words, the actors' names, and of each member its colour and its rank: the place
  /// where those begin among which it was when one was singled out.
  private struct Bench {
    let words: UnsafeMutablePointer<UInt64>
    let colors: UnsafeMutablePointer<UInt64>
    let ranks: UnsafeMutablePointer<UInt64>
    let actors: UnsafeMutablePointer<UInt8>
  }

  /// A bench for each member that may be singled out, and one.
  private let benches: OwnedBuffer<Bench>
  private let memory: OwnedBuffer<UInt64>
  private let actorMemory: OwnedBuffer<UInt8>
  private let spare: OwnedBuffer<UInt64>
  private let copy: OwnedBuffer<UInt64>
  private let scratch: OwnedBuffer<UInt64>
  private let best: OwnedBuffer<UInt64>
  private let bestActors: OwnedBuffer<UInt8>
  private var hasBest = false
  /// In how many ways the members can be arranged so that the best state comes of it.
  private var bestCount: UInt64 = 0
  private var namesActors = false

  package init(_ table: SymmetryTable) {
    self.table = table
    let symmetry = table.symmetry
    let (words, members) = (symmetry.system.layout.wordCount, symmetry.memberCount)
    let actors = symmetry.system.actors.count
    wordCount = words
    memberCount = members
    actorCount = actors
    exchanges = UnsafePointer(table.exchanges.base)
    exchangeNumbers = UnsafePointer(table.exchangeNumbers.base)
    familyStarts = table.familyStarts.elements
    exchangedActors = UnsafePointer(table.exchangedActors.base)
    exchangedAlternatives = UnsafePointer(table.exchangedAlternatives.base)
    alternativeCount = table.alternativeCount
    actorNames = OwnedBuffer(repeating: 0, count: actors)
    twins = OwnedBuffer(repeating: 0, count: table.neighbours.count)
    let size = words + 2 * members
    memory = OwnedBuffer(repeating: 0, count: (members + 1) * size)
    actorMemory = OwnedBuffer(repeating: 0, count: (members + 1) * actors)
    let (memory, actorMemory) = (memory.base, actorMemory.base)
    benches = OwnedBuffer(count: members + 1) { number in
      let state = memory + number * size
      return Bench(
        words: state, colors: state + words, ranks: state + words + members,
        actors: actorMemory + number * actors)
    }
    spare = OwnedBuffer(repeating: 0, count: words)
    copy = OwnedBuffer(repeating: 0, count: words)
    scratch = OwnedBuffer(repeating: 0, count: members)
    best = OwnedBuffer(repeating: 0, count: words)
    bestActors = OwnedBuffer(repeating: 0, count: actors)
  }

  /// Replaces a state by the one that stands for its orbit.
  @inline(__always)
  package func canonize(_ state: UnsafeMutablePointer<UInt64>) {
    _ = work(on: state, naming: false)
  }

  /// The same, and says in `actorNames` what each actor is called there.
  func canonizeNamingActors(_ state: UnsafeMutablePointer<UInt64>) {
    _ = work(on: state, naming: true)
  }

  /// How many states there are in a state's orbit.
  package func orbitSize(of state: UnsafePointer<UInt64>) -> UInt64 {
    for word in 0..<wordCount { copy.base[word] = state[word] }
    return table.order / work(on: copy.base, naming: false)
  }

  // MARK: Twins

  /// Notes which exchanges of neighbours leave a state as it is.
  @inline(__always)
  func findTwins(in state: UnsafePointer<UInt64>) {
    twinCount = 0
    for number in table.neighbours.elements {
      exchanges[Int(number)].apply(to: state, into: spare.base, wordCount: wordCount)
      var difference: UInt64 = 0
      for word in 0..<wordCount { difference |= spare.base[word] ^ state[word] }
      twins.base[twinCount] = number
      twinCount &+= difference == 0 ? 1 : 0
    }
  }

  /// An alternative with a lower number that does for a twin what one does, in the state whose twins were
  /// found; -1 where there is none.
  @inline(__always)
  func lowerTwin(of alternative: Int) -> Int {
    for place in 0..<twinCount {
      let image = Int(
        exchangedAlternatives[Int(twins.base[place]) &* alternativeCount &+ alternative])
      if image < alternative { return image }
    }
    return -1
  }

  // MARK: The work

  /// Makes a state canonical.
  ///
  /// - Returns: in how many ways the members can be arranged without changing it.
  private func work(on state: UnsafeMutablePointer<UInt64>, naming: Bool) -> UInt64 {
    namesActors = naming
    hasBest = false
    bestCount = 0
    let bench = benches.base[0]
    for word in 0..<wordCount { bench.words[word] = state[word] }
    for member in 0..<memberCount { bench.ranks[member] = 0 }
    if naming { for actor in 0..<actorCount { bench.actors[actor] = UInt8(actor) } }
    search(depth: 0, weight: 1)
    for word in 0..<wordCount { state[word] = best.base[word] }
    if naming { for actor in 0..<actorCount { actorNames.base[actor] = bestActors.base[actor] } }
    return bestCount
  }

  private func search(depth: Int, weight: UInt64) {
    let bench = benches.base[depth]
    color(bench)
    sort(bench)
    guard let cell = firstOpenCell(bench) else {
      finish(bench, weight * arrangements(bench))
      return
    }
    let next = benches.base[depth + 1]
    for tried in cell {
      // Twins need not be tried twice, but count.
      if (cell.lowerBound..<tried).contains(where: { areTwins($0, tried, bench) }) { continue }
      let twins = (tried..<cell.upperBound).reduce(UInt64(0)) {
        $0 + ($1 == tried || areTwins(tried, $1, bench) ? 1 : 0)
      }
      for word in 0..<wordCount { next.words[word] = bench.words[word] }
      for actor in 0..<actorCount where namesActors { next.actors[actor] = bench.actors[actor] }
      rank(next, bench)
      // It comes first of its cell, so that no arrangement is met twice.
      for member in cell where member != tried { next.ranks[member] += 1 }
      search(depth: depth + 1, weight: weight * twins)
    }
  }

  /// Ranks the members of one bench by where their cells begin in another.
  private func rank(_ next: Bench, _ bench: Bench) {
    for family in 0..<(familyStarts.count - 1) {
      var start = familyStarts[family]
      for member in start..<familyStarts[family + 1] {
        if !areOfOneCell(start, member, bench) { start = member }
        next.ranks[member] = UInt64(start)
      }
    }
  }

  @inline(__always)
  private func areOfOneCell(_ one: Int, _ other: Int, _ bench: Bench) -> Bool {
    bench.colors[one] == bench.colors[other] && bench.ranks[one] == bench.ranks[other]
  }

  /// Says of each member what is known of it.
  @inline(__always)
  private func color(_ bench: Bench) {
    for member in 0..<memberCount { bench.colors[member] = MemberColors.mixed(bench.ranks[member]) }
    table.colors.add(in: bench.words, to: bench.colors, scratch: scratch.base)
  }

  /// Sorts the members of each family by their colours.
  @inline(__always)
  private func sort(_ bench: Bench) {
    for family in 0..<(familyStarts.count - 1) {
      let (start, end) = (familyStarts[family], familyStarts[family + 1])
      for place in start..<(end - 1) {
        var least = place
        for other in (place + 1)..<end where comesBefore(other, least, bench) { least = other }
        if least != place { exchange(place, least, bench) }
      }
    }
  }

  @inline(__always)
  private func comesBefore(_ one: Int, _ other: Int, _ bench: Bench) -> Bool {
    bench.ranks[one] == bench.ranks[other]
      ? bench.colors[one] < bench.colors[other] : bench.ranks[one] < bench.ranks[other]
  }

  @inline(__always)
  private func exchange(_ one: Int, _ other: Int, _ bench: Bench) {
    let number = Int(exchangeNumbers[one * memberCount + other])
    exchanges[number].apply(to: bench.words, into: spare.base, wordCount: wordCount)
    for word in 0..<wordCount { bench.words[word] = spare.base[word] }
    (bench.colors[one], bench.colors[other]) = (bench.colors[other], bench.colors[one])
    (bench.ranks[one], bench.ranks[other]) = (bench.ranks[other], bench.ranks[one])
    if !namesActors { return }
    let actors = exchangedActors + number * actorCount
    for actor in 0..<actorCount { bench.actors[actor] = actors[Int(bench.actors[actor])] }
  }

  /// Whether exchanging two members changes nothing.
  @inline(__always)
  private func areTwins(_ one: Int, _ other: Int, _ bench: Bench) -> Bool {
    if bench.ranks[one] != bench.ranks[other] { return false }
    let number = Int(exchangeNumbers[one * memberCount + other])
    exchanges[number].apply(to: bench.words, into: spare.base, wordCount: wordCount)
    var difference: UInt64 = 0
    for word in 0..<wordCount { difference |= spare.base[word] ^ bench.words[word] }
    return difference == 0
  }

  /// The first members of one colour that are not all twins; nil where there are none.
  @inline(__always)
  private func firstOpenCell(_ bench: Bench) -> Range<Int>? {
    for family in 0..<(familyStarts.count - 1) {
      let end = familyStarts[family + 1]
      var start = familyStarts[family]
      while start < end {
        var next = start + 1
        var areAllTwins = true
        while next < end && areOfOneCell(start, next, bench) {
          areAllTwins = areAllTwins && areTwins(next - 1, next, bench)
          next += 1
        }
        if !areAllTwins { return start..<next }
        start = next
      }
    }
    return nil
  }

  /// In how many ways the members can be arranged within their colours.
  @inline(__always)
  private func arrangements(_ bench: Bench) -> UInt64 {
    var count: UInt64 = 1
    for family in 0..<(familyStarts.count - 1) {
      var run: UInt64 = 1
      for member in (familyStarts[family] + 1)..<familyStarts[family + 1] {
        run = areOfOneCell(member - 1, member, bench) ? run + 1 : 1
        count &*= run
      }
    }
    return count
  }

  private func finish(_ bench: Bench, _ weight: UInt64) {
    var isBetter = !hasBest
    if hasBest {
      for word in 0..<wordCount where bench.words[word] != best.base[word] {
        if bench.words[word] > best.base[word] { return }
        isBetter = true
        break
      }
    }
    if !isBetter {
      bestCount += weight
      return
    }
    hasBest = true
    bestCount = weight
    for word in 0..<wordCount { best.base[word] = bench.words[word] }
    for actor in 0..<actorCount where namesActors { bestActors.base[actor] = bench.actors[actor] }
  }
}
