/// Where a file asks for the start of a read section of a seqcount: the most variables that an actor can have of such.
struct SectionStarts {
  /// How many calls give such a start, by functions of the file's as well.
  private(set) var count = 0

  private static let kernels: Set = ["read_seqcount_begin", "raw_seqcount_begin", "read_seqbegin"]

  init(of text: SourceText, _ race: RaceSyntax) {
    if !race.mentions(Self.kernels) { return }
    var diagnostics = Diagnostics()
    let names = Lexer.tokens(of: text, &diagnostics).filter { $0.kind == .name }
    // Whoever calls a function that begins a section may hand its start on.
    var beginning = Self.kernels
    var known = 0
    while known < beginning.count {
      known = beginning.count
      for function in race.functions {
        let spot = function.body.spot
        let begins = names.contains {
          $0.spot.start >= spot.start && $0.spot.end <= spot.end && beginning.contains($0.text)
        }
        if begins { beginning.insert(function.name) }
      }
    }
    count = names.count { beginning.contains($0.text) }
  }
}
