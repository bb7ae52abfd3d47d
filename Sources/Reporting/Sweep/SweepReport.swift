import ModelChecking

/// What a sweep found, ready to be shown.
public struct SweepReport: Sendable {
  public let model: Model
  public let rows: [Sweep.Row]
  /// The command line that finds the same again.
  public let command: String
  /// The program's name.
  public let tool: String
  /// What a command line that makes one of the checks alone ends with.
  public let options: String
  /// How many searches were made in this run; the others were before.
  public let searches: Int
  /// What this run took.
  public let seconds: Double
  /// Where other runs have the other checks.
  public let shard: Shard?

  public init(
    of model: Model, _ rows: [Sweep.Row], command: String, tool: String, options: String = "",
    searches: Int, seconds: Double, shard: Shard? = nil
  ) {
    self.model = model
    self.rows = rows
    self.command = command
    self.tool = tool
    self.options = options
    self.searches = searches
    self.seconds = seconds
    self.shard = shard
  }

  /// The rows that are shown: those of other parts are not.
  var shown: [Sweep.Row] {
    rows.filter { if case .notTried(.otherPart) = $0.fate { false } else { true } }
  }

  /// The rows of one variant on one machine, in the order of the sweep.
  var families: [[Sweep.Row]] {
    shown.reduce(into: []) { families, row in
      if let last = families.last?.last, last.family == row.family {
        families[families.count - 1].append(row)
      } else {
        families.append([row])
      }
    }
  }

  /// The bounds that are swept, with their least and largest values.
  var swept: [(name: String, values: ClosedRange<Int>)] {
    model.bounds.compactMap { bound in
      let values = rows.map { $0.configuration.bounds[bound] }
      guard let least = values.min(), let most = values.max(), least < most else { return nil }
      return (bound.name, least...most)
    }
  }

  /// "put-page-race pages=1..4 walkers=1".
  var title: String {
    let bounds = model.bounds.map { bound in
      let values = swept.first { $0.name == bound.name }?.values
      let one = rows.first.map { $0.configuration.bounds[bound] } ?? bound.defaultValue
      return "\(bound.name)=" + (values.map { "\($0.lowerBound)..\($0.upperBound)" } ?? "\(one)")
    }
    return ([model.name] + bounds).joined(separator: " ")
  }

  /// "12 checks: 8 hold, 1 violated, 3 not tried".
  var summary: String {
    var counts: [(word: String, count: Int)] = []
    for word in shown.map(\.status) {
      if let place = counts.firstIndex(where: { $0.word == word }) {
        counts[place].count += 1
      } else {
        counts.append((word, 1))
      }
    }
    let parts = counts.map { "\($0.count.grouped) \($0.word)" }
    return "\(shown.count.of("check")): \(parts.joined(separator: ", "))"
  }

  /// The first check that a limit kept from a verdict, and about how large it is.
  var next: String? {
    let row = shown.first {
      switch $0.fate {
      case .searched(let result): $0.estimate != nil && result.verdict.limit != nil
      case .notTried(.limit), .notTried(.outOfMemory): $0.estimate != nil
      case .refused, .notTried(.found), .notTried(.otherPart): false
      }
    }
    return row.flatMap { row in
      row.estimate.map {
        "\(row.configuration.name) has \($0.roughly) states, by the growth so far."
      }
    }
  }
}

extension Sweep.Row {
  /// The variant and, where it is none that keeps the order, the machine.
  var family: String { configuration.variantTitle }

  /// In a word or two, for programs and counts.
  var status: String {
    switch fate {
    case .searched(let result): result.verdict.name
    case .refused: "refused"
    case .notTried: "not tried"
    }
  }

  /// What came of it, without what the verdict is about.
  var outcome: String {
    switch fate {
    case .searched(let result):
      let limit = result.verdict.limit.map { " (\($0.rawValue))" } ?? ""
      return result.verdict.name + (result.steps.map { " after \($0.of("step"))" } ?? "") + limit
    case .refused(let reason): return "refused: \(reason.firstLine)"
    case .notTried(let reason): return "not tried: \(reason.words)"
    }
  }
}

extension Sweep.Reason {
  /// A part of a sentence.
  var words: String {
    switch self {
    case .found(let verdict, let bounds): "\(verdict.name) at \(bounds.words) already"
    case .outOfMemory(let bounds): "the memory was too little at \(bounds.words)"
    case .limit(_, let reason): reason
    case .otherPart: "it belongs to another part"
    }
  }
}

extension Bounds {
  /// "pages=1 walkers=2".
  fileprivate var words: String {
    values.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
  }
}

extension Int {
  /// About 8,300,000: two digits of it.
  package var roughly: String {
    var (head, unit) = (self, 1)
    while head >= 100 { (head, unit) = ((head + 5) / 10, unit * 10) }
    return "about \((head * unit).grouped)"
  }
}
