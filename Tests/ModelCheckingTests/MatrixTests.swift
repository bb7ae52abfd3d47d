import ModelChecking
import Testing

@Suite("Every set of a fix's pieces")
struct MatrixTests {
  /// Two actors take two locks and then count.
  struct Design: SwitchedDesign, Hashable {
    /// The second actor takes the locks too.
    var locksBoth = true
    /// It takes them in the order of the first.
    var keepsOrder = true
    /// A switch that nothing depends on.
    var isTidy = true
    /// The size of a part that has nothing to do with the rest.
    var noise = 0
  }

  private static func build(_ system: SystemBuilder, _ design: Design, _ bounds: Bounds) {
    let locks = ["a", "b"].map { system.lock($0, .mutex) }
    let inside = system.field("inside", .range(0...2), initially: 0)
    for (number, name) in ["first", "second"].enumerated() {
      let order = number == 1 && !design.keepsOrder ? [locks[1], locks[0]] : locks
      let isLocked = number == 0 || design.locksBoth
      system.actor(name, on: system.cpu()) { _ in
        if isLocked { for lock in order { lock.acquire() } }
        Step("enter", .atomic(inside)) { $0 += 1 }
        Step("leave", .atomic(inside)) { $0 -= 1 }
        if isLocked { for lock in order { lock.release() } }
      }
    }
    for number in 0..<(design.noise > 0 ? 2 : 0) {
      let count = system.field("noise\(number)", .range(0...design.noise), initially: 0)
      system.actor("noise \(number)", on: system.cpu()) { _ in
        Loop {
          Step("count", .atomic(count), when: { $0 < design.noise }) { $0 += 1 }.mayRest()
        }
      }
    }
    system.invariant("only one is inside") { s in s[inside] < 2 }
  }

  private static func model(
    variants: [Variant<Design>] = [Variant("all", "", source: "", expect: .holds)],
    more: [Piece<Design>] = []
  ) -> Model {
    Model(
      name: "locks", summary: "", sources: [], bounds: [], variants: variants,
      pieces: [
        Piece("both", "", source: "") { $0.locksBoth = false },
        Piece("order", "", source: "") { if $0.locksBoth { $0.keepsOrder = false } },
        Piece("tidy", "", source: "") { $0.isTidy = false },
      ] + more, build: build)
  }

  private func verdicts(_ matrix: Matrix) -> [String] {
    matrix.rows.map { "\($0.verdict.name) \($0.steps ?? 0)" }
  }

  @Test("each has the verdict, steps and states of a search of its own")
  func rows() throws {
    let model = Self.model()
    let matrix = try Configuration(model).matrix()
    // Without both, in the order of the sets: nothing, both, order, ... and then with tidy.
    #expect(
      verdicts(matrix) == [
        "violated 4", "deadlock 2", "violated 4", "holds 0", "violated 4", "deadlock 2",
        "violated 4", "holds 0",
      ])
    for row in matrix.rows {
      let takenOut = PieceSet.first(3).subtracting(row.set)
      let outcome = try Configuration(model).without(takenOut).system().search()
      #expect(row.verdict == outcome.verdict)
      #expect(row.states == outcome.statistics.states)
      #expect(row.steps == outcome.findings.first?.trace.steps.count)
    }
    #expect(matrix.full.set == PieceSet.first(3))
    #expect(matrix.sufficiency.needed == PieceSet.first(2))
  }

  /// One stores twice, the other looks in the other order; the fences of both, and one that is not needed.
  private static let messagePassing = Model(
    name: "mp", summary: "", sources: [], bounds: [],
    variants: [Variant("fenced", "", source: "", expect: .holds, design: ())]
  ) { system, _, _ in
    let (x, y) = (
      system.field("x", .flag, initially: false), system.field("y", .flag, initially: false)
    )
    system.actor("writer 0", on: system.cpu()) { _ in
      Step("x = 1", .store(x)) { true }
      Step("smp_wmb()", .writeFence)
      Step("y = 1", .store(y)) { true }
      Step("smp_mb()", .fullFence)
    }
    system.actor("reader", on: system.cpu()) { me in
      let seen = ["y", "x"].map { me.register($0, .flag, initially: false) }
      Call("look") {
        Step("smp_load_acquire(&y)", .load(y, .acquire)) { v, my in my[seen[0]] = v }
        Step("load x", .load(x)) { v, my in my[seen[1]] = v }
      }
      If(Condition(register: { my in my[seen[0]] })) {
        Step("uses x").asserting("x is there") { s in s[seen[1]] }
      }
    }
  }

  @Test("of its barriers: each that is needed on a machine is found, with its function and line")
  func barriers() throws {
    func configuration(_ memoryModel: MemoryModel) throws -> Configuration {
      var configuration = try Configuration(Self.messagePassing)
      configuration.memoryModel = memoryModel
      return configuration
    }
    let matrix = try configuration(.lkmm).matrixOfBarriers()
    let names = matrix.pieces.map(\.name)
    #expect(
      names.map { String($0.prefix { $0 != ":" }) }
        == ["writer/smp_wmb", "writer/smp_mb", "look/smp_load_acquire"])
    #expect(names.allSatisfy { $0.contains(/:[0-9]+$/) })
    #expect(matrix.pieces[0].summary == "stores stay on their side")
    #expect(matrix.rows.count == 8 && matrix.full.verdict == .holds)
    #expect(matrix.sufficiency.minimal.map(\.positions) == [[0, 2]])
    #expect(matrix.sufficiency.redundant.positions == [1])
    // On x86 none of them is.
    #expect(try configuration(.tso).matrixOfBarriers().sufficiency.minimal == [PieceSet()])

    let one = try configuration(.lkmm).matrixOfBarriers(varying: [names[2]])
    #expect(one.rows.map(\.verdict.name) == ["violated", "holds"])
    let asked = try configuration(.lkmm)
    let unknown = #expect(throws: InputError.self) {
      try asked.matrixOfBarriers(varying: ["writer/smp_wbm"])
    }
    #expect(unknown?.message.contains("has no barrier 'writer/smp_wbm'; did you mean") == true)
  }

  @Test("a barrier of several actors that run one text is one, with their common name")
  func barriersOfOneText() throws {
    let model = Model(
      name: "fences", summary: "", sources: [], bounds: [],
      variants: [Variant("only", "", source: "", expect: .holds, design: ())]
    ) { b, _, _ in
      for name in ["walker0", "walker1", "P0.0", "P0.1", "P1"] {
        let x = b.field(name, .flag, initially: false)
        b.actor(name, on: b.cpu()) { _ in
          Step("x", .store(x)) { true }
          Step("smp_mb()", .fullFence, line: 7)
        }
      }
    }
    let names = try Configuration(model).barriers().map(\.name)
    #expect(names == ["walker/smp_mb:7", "P0/smp_mb:7", "P1/smp_mb:7"])
  }

  @Test("equal designs share a search, and what never makes a difference is not varied")
  func sharing() throws {
    // Without the locks their order is no piece of the design.
    let matrix = try Configuration(Self.model()).matrix()
    #expect(matrix.rows.count == 8)
    #expect(matrix.searches == 6)

    let bare = Variant<Design>("bare", "", source: "", expect: .holds) { $0.locksBoth = false }
    let without = try Configuration(Self.model(variants: [bare])).matrix()
    #expect(without.idlePieces.map(\.name) == ["both", "order"])
    #expect(without.pieces.map(\.name) == ["tidy"])
    #expect(without.rows.count == 2)
  }

  @Test("designs that can't be compared are never taken for equal")
  func incomparable() throws {
    struct Opaque: SwitchedDesign { var design = Design() }
    let model = Model(
      name: "opaque", summary: "", sources: [], bounds: [],
      variants: [Variant<Opaque>("all", "", source: "", expect: .holds)],
      pieces: [Piece("none", "", source: "", without: { _ in })]
    ) { Self.build($0, $1.design, $2) }
    let matrix = try Configuration(model).matrix()
    #expect(matrix.searches == 2 && matrix.idlePieces.isEmpty)
  }

  @Test("only the chosen pieces are varied, in the model's order")
  func narrowed() throws {
    let matrix = try Configuration(Self.model()).matrix(varying: ["order", "both"])
    #expect(matrix.pieces.map(\.name) == ["both", "order"])
    #expect(matrix.rows.count == 4)
    let wrong = #expect(throws: InputError.self) {
      try Configuration(Self.model()).matrix(varying: ["ordre"])
    }
    #expect(wrong?.message == "model 'locks' has no piece 'ordre'; did you mean 'order'?")
    #expect(throws: InputError("piece 'both' is named twice")) {
      try Configuration(Self.model()).matrix(varying: ["both", "both"])
    }
  }

  /// A model of one actor, whose pieces take along or bring what the system is held to.
  private static func asked(_ pieces: [Piece<Set<String>>]) -> Model {
    Model(
      name: "asked", summary: "", sources: [], bounds: [],
      variants: [Variant("all", "", source: "", expect: .holds, design: [])], pieces: pieces
    ) { system, lacking, _ in
      let n = system.field("n", .range(0...2), initially: 0)
      system.actor("a", on: system.cpu()) { _ in
        let step = Step("count", .atomic(n)) { $0 += 1 }
        if lacking.contains("claim") { step } else { step.asserting("n was small") { $0[n] < 2 } }
        if !lacking.contains("statement") { Step.bugOn("BUG_ON(n > 1)", .load(n)) { $0 > 1 } }
      }
      if !lacking.contains("invariant") { system.invariant("n is small") { $0[n] < 2 } }
      if !lacking.isSuperset(of: ["one", "two"]) { system.goal("n is 1") { $0[n] == 1 } }
      if lacking.contains("nothing") { system.invariant("n is 0") { $0[n] == 0 } }
    }
  }

  @Test("a piece that takes along what the system is held to is refused by name")
  func propertiesStay() throws {
    let model = Self.asked(
      ["claim", "statement", "invariant", "one", "two", "nothing"].map { name in
        Piece(name, "", source: "") { $0.insert(name) }
      })
    func message(_ pieces: String...) -> String? {
      let error = #expect(throws: InputError.self) {
        try Configuration(model, without: pieces).system()
      }
      let matrix = #expect(throws: InputError.self) {
        try Configuration(model).matrix(varying: pieces)
      }
      #expect(error?.message == matrix?.message)
      return error?.message
    }
    let end = "; a piece changes what the system does, never what is asked of it"
    func broken(_ what: String) -> String { "model 'asked' is broken: \(what)" + end }
    #expect(
      message("claim")
        == broken("piece 'claim' of variant 'all' takes the claim 'n was small' along"))
    // Which of several it is.
    #expect(
      message("one", "invariant")
        == broken("piece 'invariant' of variant 'all' takes the invariant 'n is small' along"))
    #expect(
      message("one", "two")
        == broken("pieces 'one', 'two' of variant 'all' take the goal 'n is 1' along"))
    #expect(
      message("nothing")
        == broken(
          "piece 'nothing' of variant 'all' brings the invariant 'n is 0' where it is taken out"))
    // The kernel's own statements are code.
    let kept = try Configuration(model).matrix(varying: ["statement", "one"])
    #expect(verdicts(kept) == ["holds 0", "holds 0", "holds 0", "holds 0"])
  }

  @Test("what is too large for a share of the memory is searched with all of it")
  func memory() throws {
    let quiet = Piece<Design>("quiet", "", source: "") { $0.noise = 250 }
    let model = Self.model(more: [quiet])
    let matrices = try [1, 4].map { threads in
      try Configuration(model).matrix(
        varying: ["quiet"], SearchOptions(threads: threads, memory: 64 << 20))
    }
    for matrix in matrices {
      #expect(verdicts(matrix) == ["holds 0", "holds 0"])
      #expect(matrix.rows[0].states == matrix.rows[1].states * 251 * 251)
    }
  }

  @Test("what does not fit the memory is unknown, on any number of threads", arguments: [1, 2, 4])
  func tooLittleMemory(threads: Int) throws {
    let quiet = Piece<Design>("quiet", "", source: "") { $0.noise = 250 }
    let matrix = try Configuration(Self.model(more: [quiet])).matrix(
      varying: ["both", "quiet"], SearchOptions(threads: threads, memory: 30 << 20))
    #expect(
      verdicts(matrix) == ["violated 4", "inconclusive 0", "violated 4", "holds 0"])
    let found = matrix.sufficiency
    #expect(found.minimal == [] && found.perhapsMinimal == [PieceSet.first(2)])
    #expect(found.needed == PieceSet(piece: 0))
    #expect(found.redundant == [] && found.replaceable == [])
  }

  @Test("a search gives its memory back, so that there can be many in one process")
  func memoryIsGivenBack() throws {
    let (options, monitor) = (SearchOptions(), SearchMonitor())
    let system = try Self.model().system()
    var search: FastSearch? = try FastSearch(
      system, options, stop: StopCondition(options, monitor), monitor: monitor)
    let isStoreAlive = { [weak store = search?.store] in store != nil }
    #expect(isStoreAlive())
    search = nil
    #expect(!isStoreAlive())
  }

  @Test("ending the work early leaves every set unknown")
  func interrupted() throws {
    let monitor = SearchMonitor()
    monitor.stop()
    let matrix = try Configuration(Self.model()).matrix(monitor: monitor)
    #expect(matrix.rows.allSatisfy { $0.verdict == .inconclusive(.interrupted) })
    #expect(matrix.sufficiency.unknown.count == 8)
  }
}
