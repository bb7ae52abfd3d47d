import Foundation
import ModelChecking
import Synchronization
import Testing

@Suite("States lie on a disk where memory is short")
struct DiskTests {
  /// A folder that is there for one test.
  private final class Folder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path

    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
  }

  /// All that is told of an outcome but what it took.
  private func told(_ outcome: Outcome) -> [String] {
    let statistics = outcome.statistics
    return [
      "\(outcome.verdict)", "\(outcome.goals)", "\(statistics.states) \(statistics.transitions)",
      "\(statistics.deadlocks) \(statistics.levels)", "\(outcome.coverage as Any)",
    ] + outcome.findings.map { "\($0.trace.steps) \($0.trace.hasFewestSwitches)" }
  }

  /// Counters that actors raise at any time, each to `most`.
  ///
  /// - Parameter stretch: by how much, so that a state takes more bits.
  private func counting(
    _ actors: Int, to most: Int, by stretch: Int = 1, belowSum sum: Int = .max
  ) throws -> System {
    try System { b in
      let counters = (0..<actors).map {
        b.field("n\($0)", .range(0...most * stretch), initially: 0)
      }
      for (number, counter) in counters.enumerated() {
        b.actor("actor\(number)", on: b.cpu(), duty: .mayRunForever) { _ in
          Loop {
            Step("raise", .atomic(counter), when: { $0 < most * stretch }) { $0 += stretch }
              .mayRest()
          }
        }
      }
      b.invariant("the sum is small") { s in
        counters.reduce(0) { $0 + s[$1] / stretch } < sum
      }
    }
  }

  // MARK: Nothing is different

  /// Narrow states, some of one word that the index can't hold, and wide ones; some of all in bits.
  private static let stretches = [1, 1, 1 << 12 + 5, 1 << 20 + 77, 1 << 45 + 12_345]

  @Test("all that is told is as in memory", arguments: 0..<3)
  func randomSystems(batch: Int) throws {
    let folder = try Folder()
    var (moved, findings, hangs) = (0, 0, 0)
    for seed in batch * 100..<batch * 100 + 100 {
      let random = RandomSystem(seed: UInt64(seed))
      let stretch = Self.stretches[seed % Self.stretches.count]
      let system =
        seed % 2 == 1
        ? try? RandomPrograms.system(seed: UInt64(seed)) : try random.system(stretch: stretch)
      var options = SearchOptions(memory: 64 << 20)
      options.looksAtValues = true
      options.keepsGoing = seed % 2 == 0
      guard let system, case let plain = try system.search(options),
        600..<20_000 ~= plain.statistics.states
      else { continue }
      options.disk = try DiskSpace(folder: folder.path)
      for (states, threads, least) in [(0, 1, Int?.none), (0, 3, nil), (40, 2, 0)] {
        options.threads = threads
        options.mostStatesInMemory = .max
        options.mostStatesUnreduced = least
        options.statesToLearnFrom = 10
        let expected = least == nil ? plain : try system.search(options)
        options.mostStatesInMemory = states
        let outcome = try system.search(options)
        #expect(told(outcome) == told(expected), "seed \(seed), \(states), \(threads)")
        let disk = try #require(outcome.disk)
        #expect(disk.trouble == nil && disk.bytes % 4096 == 0)
        if disk.states > 0 {
          moved += 1
          findings += outcome.findings.count
          hangs += outcome.findings.count { $0.kind == .stuck || $0.kind == .deadlock }
        }
      }
    }
    #expect(moved > 8 && findings > 4 && hangs > 0, "\(moved), \(findings), \(hangs)")
    #expect(folder.names.isEmpty)
  }

  @Test("a limit of memory has room for the index alone", arguments: [1, 3])
  func room(threads: Int) throws {
    let folder = try Folder()
    for stretch in [1, 1 << 20] {
      let system = try counting(6, to: 8, by: stretch)
      var options = SearchOptions(threads: threads)
      options.looksAtValues = true
      let all = try system.search(options)
      options.memory = 29 << 20
      // That is too little, as states are not forgotten whose values are asked for.
      #expect(try system.search(options).limit == .memory)
      options.disk = try DiskSpace(folder: folder.path)
      let outcome = try system.search(options)
      #expect(outcome.verdict == .holds)
      #expect(told(outcome) == told(all))
      #expect(outcome.statistics.states == 531_441)
      #expect(outcome.disk?.states ?? 0 > 300_000)
      #expect(outcome.statistics.storedBytes < 5 << 20)
    }
  }

  @Test("a trace has the fewest switches, with most of its states on the disk", arguments: [1, 3])
  func violation(threads: Int) throws {
    let folder = try Folder()
    let system = try counting(6, to: 8, belowSum: 30)
    let plain = try system.search()
    var options = SearchOptions(threads: threads, memory: 32 << 20)
    options.mostStatesInMemory = 10_000
    options.disk = try DiskSpace(folder: folder.path)
    let outcome = try system.search(options)
    #expect(outcome.disk?.states ?? 0 > 100_000)
    #expect(outcome.findings.first?.trace.steps.count == 30)
    #expect(outcome.findings.first?.trace.hasFewestSwitches == true)
    #expect(outcome.findings.map(\.trace.steps) == plain.findings.map(\.trace.steps))
  }

  @Test("states and index fit each other, whatever slots hold", arguments: [1, 1 << 6, 1 << 20])
  func invariants(stretch: Int) throws {
    let folder = try Folder()
    var options = SearchOptions(memory: 64 << 20)
    options.mostStatesInMemory = 1_000
    options.disk = try DiskSpace(folder: folder.path)
    let monitor = SearchMonitor()
    let search = try FastSearch(
      try counting(5, to: 8, by: stretch), options, stop: StopCondition(options, monitor),
      monitor: monitor)
    #expect(search.store.reservedCount == 59_049 && search.store.onDisk > 50_000)
    // One word with the rest of a state, one of too many bits for that, and several.
    #expect(search.store.index.namesPositions == (stretch == 1 << 6))
    #expect((search.store.tree != nil) == (stretch == 1 << 20))
    try search.store.checkInvariants()
  }

  // MARK: What goes wrong

  @Test("a limit of the disk ends a search that needs more", arguments: [1, 3])
  func limit(threads: Int) throws {
    let folder = try Folder()
    var options = SearchOptions(threads: threads, memory: 29 << 20)
    options.looksAtValues = true
    options.disk = try DiskSpace(folder: folder.path, byteLimit: 100_000)
    let outcome = try counting(6, to: 8).search(options)
    #expect(outcome.verdict == .inconclusive(.diskSpace))
    #expect(outcome.disk?.trouble == .limit && outcome.disk?.bytes == 98_304)
    options.threads = 2
    #expect(told(outcome) == told(try counting(6, to: 8).search(options)))
    // It is given back from one search to the next, and what needs less is not ended.
    #expect(try counting(5, to: 8).search(options).verdict == .holds)
  }

  /// A disk that answers like no good one.
  private func disk(
    _ folder: Folder, answering: @escaping @Sendable (_ call: Int, _ written: Int) -> Int32?
  ) throws -> DiskSpace {
    let calls = Atomic<Int>(0)
    return try DiskSpace(folder: folder.path) { file, bytes, count, offset in
      let call = calls.wrappingAdd(1, ordering: .relaxed).newValue
      if let error = answering(call, Int(offset)) {
        errno = error
        return -1
      }
      return pwrite(file, bytes, min(count, 10_001), offset)
    }
  }

  @Test("a disk that is full, or fails, ends a search without a verdict", arguments: [1, 3])
  func failures(threads: Int) throws {
    let folder = try Folder()
    for (error, limit, trouble) in [
      (ENOSPC, SearchLimit.diskFull, DiskTrouble.full("No space left on device")),
      (EIO, .diskFailure, .failed("Input/output error")),
    ] {
      for most in [0, 300_000] {
        var options = SearchOptions(threads: threads, memory: 29 << 20)
        options.looksAtValues = true
        options.mostStatesInMemory = 20_000
        options.disk = try disk(folder) { _, written in written < most ? nil : error }
        let outcome = try counting(6, to: 8).search(options)
        #expect(outcome.verdict == .inconclusive(limit))
        #expect(outcome.disk?.trouble == trouble)
        #expect((outcome.disk?.states ?? 0 > 0) == (most > 0))
        #expect(outcome.triedSteps ?? 0 > 10 && outcome.coverage == nil)
        // What is wrong before is found all the same, and there its best trace.
        let violated = try counting(6, to: 8, belowSum: 12).search(options)
        #expect(violated.verdict.name == "violated")
        #expect(violated.findings.first?.trace.steps.count == 12)
      }
    }
  }

  @Test("a write that is cut short or interrupted is gone on with")
  func shortWrites() throws {
    let folder = try Folder()
    let system = try counting(5, to: 8)
    var options = SearchOptions(memory: 64 << 20)
    options.looksAtValues = true
    let plain = try system.search(options)
    options.mostStatesInMemory = 1_000
    options.disk = try disk(folder) { call, _ in call % 3 == 0 ? EINTR : nil }
    let outcome = try system.search(options)
    #expect(told(outcome) == told(plain))
    #expect(outcome.disk?.states ?? 0 > 50_000)
  }

  @Test("states that can't be read again are an error, and no verdict", arguments: [1, 3])
  func unreadable(threads: Int) throws {
    let folder = try Folder()
    for (number, actors, most, reduced) in [
      (2, 5, 1_000, Int?.none), (5, 5, 1_000, nil), (12, 5, 1_000, nil), (3, 8, 0, 0),
    ] {
      var options = SearchOptions(threads: threads, memory: 64 << 20)
      options.looksAtValues = true
      options.mostStatesInMemory = most
      options.mostStatesUnreduced = reduced
      let calls = Atomic<Int>(0)
      options.disk = try DiskSpace(folder: folder.path) { file, bytes, count, offset in
        let written = pwrite(file, bytes, count, offset)
        // As soon as there is something, somebody cuts it off.
        if calls.wrappingAdd(1, ordering: .relaxed).newValue == number { ftruncate(file, 0) }
        return written
      }
      let error = #expect(throws: InputError.self) {
        _ = try counting(actors, to: 8).search(options)
      }
      #expect(error?.message.contains("can't be read again") == true, "\(number)")
      #expect(error?.message.contains(folder.path) == true)
      #expect(error?.isFaultOfModel == false)
    }
  }

  @Test("files have no name at any time")
  func names() throws {
    let folder = try Folder()
    let wereSeen = Atomic<Bool>(false)
    var options = SearchOptions(memory: 64 << 20)
    options.mostStatesInMemory = 1_000
    options.disk = try DiskSpace(folder: folder.path) { file, bytes, count, offset in
      if !folder.names.isEmpty { wereSeen.store(true, ordering: .relaxed) }
      return pwrite(file, bytes, count, offset)
    }
    #expect(try counting(5, to: 8).search(options).disk?.states ?? 0 > 50_000)
    let hadNames = wereSeen.load(ordering: .relaxed)
    #expect(!hadNames)
  }

  @Test("a folder that is none is told at once")
  func noFolder() throws {
    let folder = try Folder()
    let error = #expect(throws: InputError.self) {
      _ = try DiskSpace(folder: folder.path + "/none")
    }
    #expect(error?.message.contains("none': No such file or directory") == true)
    try #require(
      FileManager.default.createFile(atPath: folder.path + "/file", contents: Data()))
    let other = #expect(throws: InputError.self) {
      _ = try DiskSpace(folder: folder.path + "/file")
    }
    #expect(other?.message.contains("file': Not a directory") == true)
  }
}
