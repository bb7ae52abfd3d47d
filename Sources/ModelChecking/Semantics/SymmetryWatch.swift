import Synchronization

/// Holds a search to what it takes to be alike: every step and property is asked again in the place of each
/// other member, as a search goes on.
///
/// Why that is enough. A step's function sees some fields. So what is true of one run is true in every state
/// with the same values in those fields, and it is checked once for them: the run is repeated with two
/// members exchanged, by the step that takes its place, and must read the exchanged fields, come to the
/// exchanged state and have the same trouble. The same is done with each run that comes of it, until there
/// is no new one, for every exchange of neighbours, and those make up all arrangements. So the steps of a
/// state that stands for others are, exchanged, the steps of each of those. A property is asked, for all
/// fields that it was ever seen to look at, in every arrangement of their values, and must answer the same.
/// What a program says, where actors may stop and who keeps whom from running is compared before
/// (`Exchange`).
///
/// One for each worker; what they find that is not so they share.
package final class SymmetryWatch {
  /// What was found not to be alike, of all workers.
  package final class Differences: Sendable {
    private let least = Mutex<Difference?>(nil)

    package init() {}

    /// The first of all, in the order of their words; so it is the same for any number of threads.
    package var first: Difference? { least.withLock { $0 } }

    func add(_ difference: Difference) {
      least.withLock { least in
        if least.map({ difference.reason < $0.reason }) ?? true { least = difference }
      }
    }
  }

  /// Why members of a family are not alike.
  package struct Difference {
    let family: Symmetry.Family
    /// In a sentence without its full stop.
    package let reason: String
  }

  /// What a step read before it wrote it, by field.
  private typealias Reads = [Int: Int]

  private struct Run {
    let alternative: Int
    let words: [UInt64]
    let reads: Reads
    let trouble: Trouble?
    let target: [UInt64]
  }

  private let symmetry: Symmetry
  private let exchanges: SymmetryTable
  private let table: StepTable
  private let differences: Differences
  /// The exchanges of neighbours.
  private let neighbours: [Int]
  private let wordCount: Int

  /// The runs that are known to be alike in every arrangement: the alternative, and what was read.
  private var knownRuns: Set<[Int]> = []
  /// The properties, with what they were seen to look at, or at its like. It saves most looks into the sets.
  let asked: AskedProperties
  /// By property and the values of that: known to answer the same in every arrangement.
  private var knownValues: [Set<[UInt64]>]

  /// In so many arrangements a property is asked for one state, at most. More would cost what the symmetry
  /// saves.
  static let mostArrangements = 512
  /// In so many a run of a step is repeated, at most: more than those of 7 members, which are asked for once,
  /// and not for each state.
  private let mostRepeats: Int

  package init(
    _ exchanges: SymmetryTable, _ table: StepTable, _ differences: Differences,
    mostRepeats: Int = 1 << 13
  ) {
    self.mostRepeats = mostRepeats
    let symmetry = exchanges.symmetry
    self.symmetry = symmetry
    self.exchanges = exchanges
    self.table = table
    self.differences = differences
    wordCount = table.wordCount
    neighbours = symmetry.neighbours
    asked = AskedProperties(symmetry.system, table)
    knownValues = Array(repeating: [], count: asked.count)
  }

  private func exchanged(_ words: [UInt64], _ exchange: Int) -> [UInt64] {
    var target = [UInt64](repeating: 0, count: wordCount)
    words.withUnsafeBufferPointer { words in
      target.withUnsafeMutableBufferPointer {
        exchanges.exchanges.base[exchange].apply(
          to: words.baseAddress!, into: $0.baseAddress!, wordCount: wordCount)
      }
    }
    return target
  }

  /// Checks that the like of each initial state is one.
  func check(initialStates: [[UInt64]]) {
    let all = Set(initialStates)
    for state in initialStates {
      for number in neighbours where !all.contains(exchanged(state, number)) {
        add("what must be true initially is not true of both alike", number)
      }
    }
  }

  // MARK: Steps

  /// Checks a run of a step.
  ///
  /// - Parameters:
  ///   - trouble: what was wrong with it; nil where it was not enabled.
  ///   - target: the state that it led to.
  func check(
    _ alternative: Int, from state: UnsafePointer<UInt64>, _ log: AccessLog, _ trouble: Trouble?,
    _ target: UnsafePointer<UInt64>, with stepper: Stepper
  ) {
    let reads = Self.reads(log)
    if knownRuns.contains(key(alternative, reads)) { return }
    let run = Run(
      alternative: alternative, words: Array(UnsafeBufferPointer(start: state, count: wordCount)),
      reads: reads, trouble: trouble,
      target: Array(UnsafeBufferPointer(start: target, count: wordCount)))
    var met: Set = [key(alternative, reads)]
    var open = [run]
    while let run = open.popLast() {
      for number in neighbours {
        let exchange = symmetry.exchanges[number]
        let image = repeated(run, exchange, number, with: stepper)
        if let difference = difference(run, image, exchange, number) {
          return add(difference, number)
        }
        let key = key(image.alternative, image.reads)
        if knownRuns.contains(key) || !met.insert(key).inserted { continue }
        if met.count > mostRepeats {
          return add(
            "\(name(of: run)), looks at too much to be tried in every arrangement", number)
        }
        open.append(image)
      }
    }
    knownRuns.formUnion(met)
  }

  /// The run that must be its like.
  private func repeated(
    _ run: Run, _ exchange: Exchange, _ number: Int, with stepper: Stepper
  ) -> Run {
    let words = exchanged(run.words, number)
    let alternative = exchange.alternatives[run.alternative]
    let log = AccessLog()
    var target = words
    let trouble = words.withUnsafeBufferPointer { words in
      target.withUnsafeMutableBufferPointer {
        stepper.answer(of: alternative, from: words.baseAddress!, into: $0.baseAddress!, log)
      }
    }
    return Run(
      alternative: alternative, words: words, reads: Self.reads(log), trouble: trouble,
      target: target)
  }

  private func difference(
    _ run: Run, _ image: Run, _ exchange: Exchange, _ number: Int
  ) -> String? {
    let what: String
    if (run.trouble == nil) != (image.trouble == nil) {
      what = "is enabled for one of them only"
    } else if run.trouble?.failed != image.trouble?.failed
      || run.trouble?.fault?.kind != image.trouble?.fault?.kind
    {
      what = "goes wrong for one of them only"
    } else if run.trouble != nil && run.trouble?.fault == nil
      && exchanged(run.target, number) != image.target
    {
      what = "does something else for the other"
    } else {
      let layout = symmetry.system.layout
      let reads = run.reads.map { field, code in
        let distance = code - layout.fields[field].codes.lowerBound
        let image = exchange.action.fields[field]
        return (
          image,
          layout.fields[image].codes.lowerBound
            + (exchange.action.codes[field]?[distance] ?? distance)
        )
      }
      if Dictionary(uniqueKeysWithValues: reads) == image.reads { return nil }
      what = "looks at something else for the other"
    }
    return "\(name(of: run)), \(what)"
  }

  private func name(of run: Run) -> String {
    let (system, move) = (symmetry.system, table.moves[run.alternative])
    return "\(system.actors[move.actor].name), \(system.name(of: move))"
  }

  private static func reads(_ log: AccessLog) -> Reads {
    var (reads, written): (Reads, Set<Int>) = ([:], [])
    for access in log.accesses {
      switch access {
      case .read(let field, let code):
        if !written.contains(field) && reads[field] == nil { reads[field] = code }
      case .write(let field, _, _): written.insert(field)
      }
    }
    return reads
  }

  private func key(_ alternative: Int, _ reads: Reads) -> [Int] {
    reads.sorted { $0.key < $1.key }.reduce(into: [alternative]) { $0 += [$1.key, $1.value] }
  }

  private func add(_ reason: String, _ exchange: Int) {
    let (one, other) = (symmetry.exchanges[exchange].one, symmetry.exchanges[exchange].other)
    let family = symmetry.families.last { $0.firstMember <= one }!
    let names = [one, other].map { family.name(of: $0 - family.firstMember) }
    differences.add(
      Difference(family: family, reason: "\(names[0]) and \(names[1]): \(reason)"))
  }

  // MARK: Properties

  /// Checks what properties say of a state.
  func checkProperties(of state: UnsafePointer<UInt64>, with stepper: Stepper) {
    for number in 0..<asked.count where !asked.isKnown(number, in: state) {
      if !knownValues[number].contains(asked.values(number, in: state)) {
        checkProperty(
          number, of: Array(UnsafeBufferPointer(start: state, count: wordCount)), with: stepper)
      }
      asked.note(number, in: state)
    }
  }

  private func checkProperty(_ number: Int, of state: [UInt64], with stepper: Stepper) {
    let answer = ask(number, in: state, with: stepper)
    search: while true {
      let width = asked.width(number)
      var met: Set = [asked.values(number, in: state)]
      var open = [state]
      while let state = open.popLast() {
        for exchange in neighbours {
          let image = exchanged(state, exchange)
          let values = asked.values(number, in: image)
          if knownValues[number].contains(values) || !met.insert(values).inserted { continue }
          let same = ask(number, in: image, with: stepper)
          if asked.width(number) != width { continue search }
          if same != answer {
            return add("\(asked.description(of: number)) is not true of both alike", exchange)
          }
          if met.count > Self.mostArrangements {
            return add(
              "\(asked.description(of: number)) looks at too much to be asked in every arrangement",
              exchange)
          }
          open.append(image)
        }
      }
      knownValues[number].formUnion(met)
      return
    }
  }

  /// What a property answers; what it looks at grows by what it looked at now, and by the like of that.
  private func ask(_ number: Int, in state: [UInt64], with stepper: Stepper) -> StepTable.Answer {
    let log = AccessLog()
    let answer = state.withUnsafeBufferPointer {
      stepper.answer(of: asked.questions[number], in: $0.baseAddress!, log)
    }
    var fields: Set<Int> = []
    var open = log.fields
    while let field = open.popLast() {
      if !fields.insert(field).inserted { continue }
      open += neighbours.map { symmetry.exchanges[$0].action.fields[field] }
    }
    asked.noteFields(fields, of: number)
    return answer
  }
}
