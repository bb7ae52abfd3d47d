import ModelChecking
import Models
import Testing

@Suite("The pieces of the fixes")
struct PieceTests {
  static let models = Model.all.filter { !$0.pieces.isEmpty }

  private static func fix(of model: Model) throws -> Configuration {
    try Configuration(model, variant: model.fix.name)
  }

  private func names(_ set: PieceSet, of matrix: Matrix) -> [String] {
    set.positions.map { matrix.pieces[$0].name }
  }

  @Test("of pcp-isolation are exactly those load-bearing that its sources call so")
  func pcpIsolation() throws {
    let matrix = try Self.fix(of: .pcpIsolation).matrix(SearchOptions(threads: 2))
    let found = matrix.sufficiency
    let loadBearing = [
      "disable-first", "high-before-drain", "forced-drain", "count-under-lock", "second-read",
      "batch-high-lock", "enable-after-undo",
    ]
    #expect(found.minimal.map { names($0, of: matrix) } == [loadBearing])
    #expect(names(found.needed, of: matrix) == loadBearing)
    #expect(
      names(found.redundant, of: matrix) == ["repeated-drain", "batch-before-high", "first-test"])
    #expect(found.replaceable == [] && found.unknown == [])
    #expect(found.isMonotone)
    #expect(matrix.rows.count == 1024)
  }

  @Test("of hotplug-lifecycle are each needed")
  func hotplugLifecycle() throws {
    let matrix = try Self.fix(of: .hotplugLifecycle).matrix(SearchOptions(threads: 2))
    #expect(matrix.sufficiency.minimal == [PieceSet.first(10)])
  }

  /// A variant whose pieces are taken apart, and which of them are in all, in none, in some minimal
  /// sets.
  struct Case: CustomTestStringConvertible, Sendable {
    let model: Model
    let variant: String
    let needed: [String]
    let redundant: [String]
    var replaceable: [String] = []
    var testDescription: String { "\(model.name) \(variant)" }
  }

  static let cases = [
    Case(
      model: .putPageRace, variant: "put-page-hook",
      needed: ["put-page-hook", "flag-before-dec"], redundant: []),
    Case(
      model: .putPageRace, variant: "upstream-lru-check", needed: ["lru-check", "off-lru-by-then"],
      redundant: []),
    Case(
      model: .putPageRace, variant: "upstream-freeze-or-fail", needed: ["freeze-or-refuse"],
      redundant: []),
    Case(
      model: .memoryOffline, variant: "upstream",
      needed: ["stay-off-buddy", "regain-reference", "lenient-unmovable-test"],
      redundant: ["scan-check", "count-test"]),
    Case(
      model: .memoryOffline, variant: "zone-movable", needed: [], redundant: [],
      replaceable: ["scan-check", "count-test"]),
    Case(
      model: .dumpReader, variant: "freeze-and-begin",
      needed: [
        "reader-test", "reader-lock", "lock-spans-copy", "driver-lock", "unplug-after-begin",
        "plug-before-clear",
      ], redundant: ["unplug-after-end"]),
    Case(
      model: .pageOnlining, variant: "virtio-mem",
      needed: ["isolate", "first-reference", "skip-in-accounting", "callback-decides"],
      redundant: ["dirty-mark"]),
    Case(
      model: .pageOnlining, variant: "hyper-v",
      needed: ["isolate", "first-reference", "ha-lock", "offline-guard"],
      redundant: ["skip-in-accounting", "section-test"]),
    Case(
      model: .softOffline, variant: "page-handle-poison-walker",
      needed: ["free-hook", "flag-before-put", "final-reference"],
      redundant: ["check-at-allocation"]),
    Case(
      model: .softOffline, variant: "thp",
      needed: ["free-hook", "flag-before-put", "final-reference", "split-first"],
      redundant: ["check-at-allocation"]),
    Case(
      model: .softOffline, variant: "hugetlb",
      needed: ["final-reference", "buddy-test", "test-under-lock", "int-result"],
      redundant: ["free-hook", "flag-before-put", "check-at-allocation"]),
  ]

  @Test("are needed, redundant or replaceable as the documentation says", arguments: cases)
  func roles(_ expected: Case) throws {
    let matrix = try Configuration(expected.model, variant: expected.variant)
      .matrix(SearchOptions(threads: 2))
    let found = matrix.sufficiency
    #expect(names(found.needed, of: matrix) == expected.needed)
    #expect(names(found.redundant, of: matrix) == expected.redundant)
    #expect(names(found.replaceable, of: matrix) == expected.replaceable)
  }

  @Test("the hook needs a barrier on arm64, and none on x86")
  func barriers() throws {
    func matrix(_ memoryModel: MemoryModel) throws -> Matrix {
      var configuration = try Configuration(.putPageRace, variant: "hook-and-barrier")
      configuration.memoryModel = memoryModel
      return try configuration.matrixOfBarriers()
    }
    func withoutLine(_ name: String) -> String { String(name.prefix { $0 != ":" }) }
    let arm = try matrix(.lkmm)
    #expect(
      names(arm.sufficiency.needed, of: arm).map(withoutLine) == [
        "put_page/page_ref_dec_and_test", "virtio_mem_set_fake_offline/smp_mb__before_atomic",
      ])
    let x86 = try matrix(.tso)
    #expect(x86.pieces == arm.pieces)
    #expect(x86.sufficiency.minimal == [PieceSet()])
  }

  /// Variants that are another one without a piece.
  static let lacking: [(model: Model, variant: String, piece: String, same: String)] = [
    (.pcpIsolation, "zone-pcp-disable", "disable-first", "rely-before-disable"),
    (.pcpIsolation, "zone-pcp-disable", "high-before-drain", "drain-before-disable"),
    (.pcpIsolation, "zone-pcp-disable-with-refill", "forced-drain", "count-test-with-refill"),
    (.pcpIsolation, "drain-count-test-locked", "count-under-lock", "drain-count-test-unlocked"),
    (.pcpIsolation, "zone-pcp-disable", "second-read", "no-second-read"),
    (.pcpIsolation, "two-users-with-lock", "batch-high-lock", "two-users-without-lock"),
    (.pcpIsolation, "zone-pcp-disable", "enable-after-undo", "enable-before-undo"),
    (.memoryOffline, "upstream", "regain-reference", "no-regain"),
    (.memoryOffline, "driver-without-notifier", "count-test", "no-count-test-after-scan"),
    (.putPageRace, "put-page-hook", "put-page-hook", "as-reported"),
    (.putPageRace, "put-page-hook", "flag-before-dec", "hook-order-swapped"),
    (.putPageRace, "upstream-freeze-or-fail", "freeze-or-refuse", "upstream-any-walker"),
    (.putPageRace, "upstream-lru-check", "off-lru-by-then", "upstream-stale-lru-check"),
    (.dumpReader, "freeze-and-begin", "lock-spans-copy", "thaw-before-copy"),
    (.dumpReader, "freeze-and-begin", "driver-lock", "reader-locks-only"),
    (.dumpReader, "freeze-and-begin", "reader-lock", "writer-locks-only"),
    (.dumpReader, "freeze-and-begin", "unplug-after-end", "unplug-before-end"),
    (.pageOnlining, "virtio-mem", "callback-decides", "virtio-mem-no-callback"),
    (.pageOnlining, "virtio-mem", "first-reference", "virtio-mem-no-reference"),
    (.pageOnlining, "virtio-mem", "skip-in-accounting", "virtio-mem-subtracts-skipped"),
    (.pageOnlining, "virtio-mem-old", "going-offline-adds", "virtio-mem-not-added"),
    (.pageOnlining, "virtio-mem-old", "cancel-subtracts", "virtio-mem-not-subtracted"),
    (.pageOnlining, "hyper-v", "section-test", "hyper-v-no-section-test"),
    (.pageOnlining, "hyper-v", "ha-lock", "hyper-v-no-lock"),
    (.softOffline, "page-handle-poison", "free-hook", "no-free-hook"),
    (.softOffline, "page-handle-poison", "flag-before-put", "flag-after-put"),
    (.softOffline, "page-handle-poison", "final-reference", "no-final-reference"),
    (.softOffline, "thp", "split-first", "thp-not-split"),
    (.hotplugLifecycle, "fixed", "pcp-disable", "no-pcp-disable"),
    (.hotplugLifecycle, "fixed", "second-read", "no-second-read"),
    (.hotplugLifecycle, "fixed", "offline-lock", "no-offline-lock"),
    (.hotplugLifecycle, "fixed", "freeze-count", "decrement-at-going-offline"),
    (.hotplugLifecycle, "fixed", "keep-reference", "decrement-at-unplug"),
    (.hotplugLifecycle, "fixed", "keep-offline", "release-to-buddy"),
    (.hotplugLifecycle, "fixed", "regain-reference", "no-regain"),
    (.hotplugLifecycle, "fixed", "callback-decides", "online-everything"),
    (.hotplugLifecycle, "fixed", "walk-in-read-section", "held-up-walker"),
    (.hotplugLifecycle, "fixed", "put-to-free", "store-to-free"),
    (.memoryOffline, "count-zero", "early-stop", "count-zero-late-stop"),
  ]

  @Test("leave a variant that is there where one is taken out", arguments: lacking.indices)
  func lackingOne(index: Int) throws {
    let (model, variant, piece, same) = Self.lacking[index]
    let without = try Configuration(model, variant: variant, without: [piece]).system().search()
    let expected = try model.system(variant: same).search()
    #expect(without.verdict == expected.verdict)
    #expect(without.findings.map(\.trace.steps) == expected.findings.map(\.trace.steps))
    #expect(without.statistics.states == expected.statistics.states)
    #expect(without.statistics.transitions == expected.statistics.transitions)
  }

  @Test("change nothing while they are all there", arguments: models)
  func allOfThem(model: Model) throws {
    let fix = try model.system(variant: model.fix.name).search()
    #expect(fix.verdict == .holds)
    // The pieces that the fix has not got can be taken out of it as well.
    let matrix = try Self.fix(of: model).matrix(varying: [], SearchOptions(threads: 2))
    #expect(matrix.rows.count == 1)
    #expect(matrix.full.verdict == fix.verdict)
    #expect(matrix.full.states == fix.statistics.states)
  }

  @Test("change what the system does, never what is asked of it", arguments: models)
  func properties(model: Model) throws {
    for variant in model.variants {
      for piece in model.pieces {
        _ = try Configuration(model, variant: variant.name, without: [piece.name]).system()
      }
    }
  }

  @Test("are each of use to a variant, and well named", arguments: models)
  func useful(model: Model) throws {
    #expect(Set(model.pieces.map(\.name)).count == model.pieces.count)
    #expect(model.pieces.count <= Matrix.mostPieces)
    let variants = model.variants.filter { $0.expected == .holds }.map(\.name)
    for piece in model.pieces {
      #expect(piece.name.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil, "\(piece.name)")
      #expect(!piece.summary.isEmpty && !piece.source.isEmpty)
      let isVaried = try variants.contains { variant in
        let matrix = try Configuration(model, variant: variant).matrix(varying: [piece.name])
        return matrix.rows.last?.suffices != matrix.rows.first?.suffices
          || matrix.rows.last?.states != matrix.rows.first?.states
      }
      #expect(isVaried, "\(model.name) \(piece.name)")
    }
  }
}
