/// The ranks that explore one space together: as many processes, on one machine or on several, each with its own
/// share of the states.
///
/// All ranks run the same program on the same input. What is collective each of them calls, in the same order.
/// So they go apart nowhere but in what they store: whatever depends on all states, or on time and memory, is
/// agreed on before anything follows from it.
package protocol Peers: AnyObject, Sendable {
  /// Which of them this is, from 0.
  var rank: Int { get }
  /// How many there are, at least 1.
  var count: Int { get }
  /// How many of them share this machine's memory.
  var countHere: Int { get }
  /// The words that are sent at once, at most: no fewer than a state has.
  var mostWords: Int { get }

  /// Sends words to another rank without waiting. What goes from one rank to another arrives in order.
  ///
  /// - Parameter words: `mostWords` of them at most; they are copied.
  /// - Returns: false, and nothing is sent, while too much is under way. Who goes on receiving can send again.
  func send(_ words: UnsafeBufferPointer<UInt64>, _ kind: PeerMessage.Kind, to rank: Int) -> Bool

  /// What has arrived next; nil if nothing has. It is there until the next call.
  func receive() -> PeerMessage?

  /// Lets others go on who share a processor with this rank.
  func wait()

  /// What each rank gives, by rank. Collective.
  func gather(_ words: [UInt64]) -> [[UInt64]]

  /// Ends all ranks, whatever they are at, for a reason that not all of them know.
  func abort(_ reason: InputError) -> Never

  /// Waits for the others, where this one has nothing more to say. Collective, and the last call.
  func leave()
}

/// Words from one rank to another.
package struct PeerMessage {
  package enum Kind: Int32 {
    /// More is to come of what both are at.
    case part
    /// The sender has no more.
    case last
    /// The same, because it can't go on.
    case givenUp
  }

  package let words: UnsafeBufferPointer<UInt64>
  package let kind: Kind
  package let sender: Int

  package init(words: UnsafeBufferPointer<UInt64>, kind: Kind, sender: Int) {
    self.words = words
    self.kind = kind
    self.sender = sender
  }
}

// MARK: Agreements

/// All of these are collective, and each rank gets the same.
extension Peers {
  func sum(_ number: Int) -> Int { gather([UInt64(number)]).reduce(0) { $0 + Int($1[0]) } }

  func least(_ number: Int) -> Int { gather([UInt64(number)]).map { Int($0[0]) }.min()! }

  func most(_ number: Int) -> Int { gather([UInt64(number)]).map { Int($0[0]) }.max()! }

  func any(_ isTrue: Bool) -> Bool { gather([isTrue ? 1 : 0]).contains { $0[0] != 0 } }

  func all(_ isTrue: Bool) -> Bool { !any(!isTrue) }

  /// The bits that are set in the words of one or other, as many on each rank.
  func union(_ words: [UInt64]) -> [UInt64] {
    gather(words).reduce(words) { all, other in zip(all, other).map { $0 | $1 } }
  }

  /// The first of all in the order of their words; nil if nobody has one.
  func least(_ words: [UInt64]?) -> [UInt64]? {
    gather(words.map { [1] + $0 } ?? []).filter { !$0.isEmpty }.map { Array($0.dropFirst()) }
      .min { $0.lexicographicallyPrecedes($1) }
  }

  /// Throws the error of the first rank that has one.
  package func agree(on error: InputError?) throws(InputError) {
    let mine = error.map { error in
      [error.isFaultOfModel ? 1 : 0] + ([error.message] + error.details).flatMap(Self.words)
    }
    guard let words = gather(mine ?? []).first(where: { !$0.isEmpty }) else { return }
    var rest = words.dropFirst()
    var texts: [String] = []
    while let text = Self.text(from: &rest) { texts.append(text) }
    throw InputError(
      texts.first ?? "", details: Array(texts.dropFirst()), isFaultOfModel: words[0] != 0)
  }

  /// The first text of all in their order, with a number that goes with it; nil if nobody has one.
  func first(_ text: String?, _ number: Int) -> (text: String, number: Int)? {
    gather(text.map { [UInt64(number)] + Self.words($0) } ?? []).filter { !$0.isEmpty }.map {
      words in
      var rest = words.dropFirst()
      return (Self.text(from: &rest) ?? "", Int(words[0]))
    }.min { $0.text < $1.text }
  }

  /// A text as words: how many bytes it has, and each of them.
  private static func words(_ text: String) -> [UInt64] {
    [UInt64(text.utf8.count)] + text.utf8.map(UInt64.init)
  }

  private static func text(from words: inout ArraySlice<UInt64>) -> String? {
    guard let count = words.popFirst() else { return nil }
    defer { words = words.dropFirst(Int(count)) }
    return String(decoding: words.prefix(Int(count)).map(UInt8.init), as: UTF8.self)
  }

  /// What each rank has for this one, by rank.
  ///
  /// - Parameter parts: by rank, what this one has for it.
  func exchange(_ parts: [[UInt64]]) -> [[UInt64]] {
    var received = Array(repeating: [UInt64](), count: count)
    received[rank] = parts[rank]
    var rest = parts.map { $0[...] }
    var unsent = Set(0..<count).subtracting([rank])
    var unfinished = count - 1
    while !unsent.isEmpty || unfinished > 0 {
      for other in unsent.sorted() {
        let words = rest[other].prefix(mostWords)
        let isLast = words.count == rest[other].count
        if words.withUnsafeBufferPointer({ send($0, isLast ? .last : .part, to: other) }) {
          rest[other] = rest[other].dropFirst(words.count)
          if isLast { unsent.remove(other) }
        }
      }
      guard let message = receive() else {
        wait()
        continue
      }
      received[message.sender] += message.words
      if message.kind != .part { unfinished -= 1 }
    }
    // Nobody begins with what comes next before all are done with this.
    _ = gather([])
    return received
  }
}
