import ModelChecking

/// What a race file declares outside its functions, for one choice of pieces and bounds.
struct World: Sendable {
  struct Constant: Sendable {
    let value: Int
    /// The enumeration that it is of.
    let enumeration: String?
  }

  /// A function, and whether it is of the vocabulary.
  struct KnownFunction: Sendable {
    let syntax: Function
    let isVocabulary: Bool
  }

  let text: SourceText
  let race: RaceSyntax
  var memory = Memory()
  var constants: [String: Constant] = [:]
  /// By enumeration: its values with their names, in order.
  var enumerations: [String: [(value: Int, name: String)]] = [:]
  var functions: [String: KnownFunction] = [:]
  var typedefs: [String: TypeName] = [:]
  /// By type: where its elements lie.
  var elements: [CType: Elements] = [:]
  /// By number of `P0`: how many there are.
  var times: [Int: Int] = [:]
  var cpuCount = 0
  /// Where pages say on which list they are; nil where `struct page` is the file's own.
  var pageLists: Memory.PageLists?

  init(_ text: SourceText, _ race: RaceSyntax) {
    self.text = text
    self.race = race
  }
}
