/// What may be exchanged in a system without anybody noticing: families of things that are alike.
///
/// A family is found by its names (`NumberedName`) and then by the programs: exchanging two members must
/// turn the fields, the actors and the text of all programs into themselves. What functions do can't be
/// seen there; it is checked while a search relies on it (`SymmetryCheck`).
///
/// (C. N. Ip, D. L. Dill, "Better Verification Through Symmetry", FMSD 1996, whose scalarsets an author
/// has to declare.)
package final class Symmetry: Sendable {
  /// Things that are alike: all walkers, with all that is theirs.
  struct Family: Sendable {
    /// The words that their numbers follow; more than one where things belong together, as an actor and
    /// its CPU.
    let words: [String]
    let numbers: [Int]
    /// The place of the first member among the members of all families.
    let firstMember: Int
    /// How many things have such names. The members are the first of them.
    let namedCount: Int

    /// What a member is called, by its place in the family.
    func name(of member: Int) -> String {
      "\(words[0])\(numbers[member])\(words[0].last == "[" ? "]" : "")"
    }

    /// "walker0 to walker3".
    var description: String {
      let names = numbers.indices.map(name)
      let isRow = numbers.count > 2 && numbers.last! - numbers[0] == numbers.count - 1
      let all =
        isRow ? "\(names[0]) to \(names[names.count - 1])" : names.joined(separator: " and ")
      return namedCount > numbers.count ? "\(all) (of \(namedCount))" : all
    }
  }

  let system: System
  let families: [Family]
  /// Why other things with alike names are not alike.
  let refusals: [String]
  /// The words of families of which steps that look alike are taken to stand for the members.
  let wordsOfSteps: Set<[String]>
  /// Every exchange of two members of a family.
  package let exchanges: [Exchange]
  /// By member and member: the number of the exchange; -1 where they are of different families.
  let exchangeNumbers: [[Int]]

  /// The exchanges of neighbours, of which all arrangements are made.
  var neighbours: [Int] {
    exchanges.indices.filter { exchanges[$0].other == exchanges[$0].one + 1 }
  }

  /// How many members all families have.
  var memberCount: Int { exchangeNumbers.count }

  /// In how many ways the members can be arranged: at most `mostArrangements`.
  var order: UInt64 { families.reduce(1) { $0 * Self.factorial($1.numbers.count) } }

  /// The most members of a family; of more things, the first are exchanged.
  static let mostMembers = 12
  /// The most arrangements of all families together. A store has fewer than 2^31 states, so that those
  /// for which they stand are fewer than 2^62 and can be counted.
  static let mostArrangements: UInt64 = 1 << 31

  /// Nothing in a system is alike, and why not what has alike names.
  package struct None: Error {
    let reasons: [String]
  }

  /// - Parameters:
  ///   - unlike: words whose numbers together tell nothing that is alike, by family.
  ///   - ordered: words of families for whose members no steps stand that look alike.
  /// - Throws: where a system has no two things that are alike.
  package init(
    of system: System, except unlike: Set<[String]> = [], ordered: Set<[String]> = []
  ) throws(None) {
    self.system = system
    let (found, refusals) = Self.families(of: system, except: unlike, ordered)
    self.refusals = refusals
    wordsOfSteps = Set(
      found.filter { $0.1.contains(where: \.hasStepsOfMembers) }.map(\.0.words))
    var (families, exchanges): ([Family], [Exchange]) = ([], [])
    var members = 0
    for (candidate, itsExchanges) in found {
      families.append(candidate.family(firstMember: members))
      exchanges += itsExchanges.map { $0.moved(by: members) }
      members += candidate.numbers.count
    }
    self.families = families
    self.exchanges = exchanges
    var numbers = Array(repeating: Array(repeating: -1, count: members), count: members)
    for (number, exchange) in exchanges.enumerated() {
      numbers[exchange.one][exchange.other] = number
      numbers[exchange.other][exchange.one] = number
    }
    exchangeNumbers = numbers
    if families.isEmpty || !isGroup { throw None(reasons: refusals) }
  }

  /// Whether the exchanges work together as those of the members do: exchanging the members of one after
  /// another leads where it should. Then each arrangement of the members is one of the system, and only one.
  private var isGroup: Bool {
    exchanges.allSatisfy { a in
      exchanges.allSatisfy { b in
        let conjugate = exchanges[exchangeNumbers[a.member(b.one)][a.member(b.other)]]
        return a.then(b).then(a) == conjugate.action
      }
    }
  }

  // MARK: Finding

  private struct Candidate {
    let words: [String]
    /// Those that are exchanged, and how many there are.
    let numbers: [Int]
    let namedCount: Int

    func family(firstMember: Int) -> Family {
      Family(words: words, numbers: numbers, firstMember: firstMember, namedCount: namedCount)
    }
  }

  /// Families with the exchanges of their members, numbered from 0 in each.
  private static func families(
    of system: System, except unlike: Set<[String]>, _ ordered: Set<[String]>
  ) -> (found: [(Candidate, [Exchange])], refusals: [String]) {
    let names = ExchangedNames(system)
    var found: [(Candidate, [Exchange])] = []
    var arrangements: UInt64 = 1
    var rest = names.words
    var refusals: [String: String] = [:]
    // Alone first; then with others that have the same numbers.
    for size in 1...3 {
      for words in subsets(of: rest.map(\.key), size) {
        guard words.allSatisfy({ word in rest.contains { $0.key == word } }) else { continue }
        if unlike.contains(words) { continue }
        let numbers = names.numbers(of: words[0])
        if !words.allSatisfy({ names.numbers(of: $0) == numbers }) { continue }
        let count = memberCount(of: numbers.count, beside: arrangements)
        if count < 2 { continue }
        let candidate = Candidate(
          words: words, numbers: Array(numbers.prefix(count)), namedCount: numbers.count)
        do {
          let exchanges = try exchanges(
            of: candidate, keepsOrder: ordered.contains(words), in: system, names)
          if !exchanges.contains(where: \.movesSomething) { continue }
          found.append((candidate, exchanges))
          arrangements *= factorial(count)
          rest.removeAll { words.contains($0.key) }
        } catch {
          if size == 1 {
            let family = candidate.family(firstMember: 0)
            refusals[words[0]] = "\(family.description): \(error.reason)"
          }
        }
      }
    }
    return (found, rest.compactMap { refusals[$0.key] })
  }

  /// How many of some things can be exchanged, where the others have some arrangements already.
  private static func memberCount(of count: Int, beside arrangements: UInt64) -> Int {
    var count = min(count, mostMembers)
    while factorial(count) > mostArrangements / arrangements { count -= 1 }
    return count
  }

  /// The arrangements of so many things, at most 12.
  private static func factorial(_ count: Int) -> UInt64 {
    (1...UInt64(count)).reduce(1, *)
  }

  /// All exchanges of two members; with steps that stand for them, if that can be.
  private static func exchanges(
    of candidate: Candidate, keepsOrder: Bool, in system: System, _ names: ExchangedNames
  ) throws(Exchange.Refusal) -> [Exchange] {
    do {
      return try allExchanges(of: candidate, keepsOrder: keepsOrder, in: system, names)
    } catch {
      if keepsOrder { throw error }
      guard
        let ordered = try? allExchanges(of: candidate, keepsOrder: true, in: system, names)
      else { throw error }
      return ordered
    }
  }

  private static func allExchanges(
    of candidate: Candidate, keepsOrder: Bool, in system: System, _ names: ExchangedNames
  ) throws(Exchange.Refusal) -> [Exchange] {
    var exchanges: [Exchange] = []
    for other in candidate.numbers.indices {
      for one in 0..<other {
        exchanges.append(
          try Exchange(
            of: (one, other), numbers: candidate.numbers, words: candidate.words,
            keepsOrder: keepsOrder, in: system, names))
      }
    }
    return exchanges
  }

  private static let mostWords = 12

  private static func subsets(of words: [String], _ size: Int) -> [[String]] {
    if size == 0 { return [[]] }
    let words = Array(words.prefix(mostWords))
    return words.indices.flatMap { first in
      subsets(of: Array(words[(first + 1)...]), size - 1).map { [words[first]] + $0 }
    }
  }
}

/// The names in a system, read once.
struct ExchangedNames {
  let fields: [NumberedName]
  let numberOfField: [String: Int]
  let actors: [NumberedName]
  let numberOfActor: [String: Int]
  /// By field: the labels of its values, where they may name members.
  let labels: [[NumberedName]]
  /// The words that have two numbers or more, in the order in which they appear, with those.
  let words: [(key: String, numbers: Set<Int>)]

  /// Fields of more values are taken to name nothing.
  private static let mostNamedValues = 1 << 12

  init(_ system: System) {
    labels = system.layout.fields.map { field in
      field.role == .control || !(2...Self.mostNamedValues).contains(field.codes.count)
        ? [] : field.codes.map { NumberedName(field.label($0)) }
    }
    fields = system.layout.fields.map { NumberedName($0.name) }
    actors = system.actors.map { NumberedName($0.name) }
    numberOfField = Dictionary(
      uniqueKeysWithValues: system.layout.fields.enumerated().map { ($1.name, $0) })
    numberOfActor = Dictionary(
      uniqueKeysWithValues: system.actors.enumerated().map { ($1.name, $0) })
    var words: [(key: String, numbers: Set<Int>)] = []
    for (word, number) in (fields + actors).flatMap(\.numbers) {
      if let place = words.firstIndex(where: { $0.key == word }) {
        words[place].numbers.insert(number)
      } else {
        words.append((word, [number]))
      }
    }
    self.words = words.filter { $0.numbers.count > 1 }
  }

  func numbers(of word: String) -> [Int] {
    words.first { $0.key == word }.map { $0.numbers.sorted() } ?? []
  }
}
