import KernelPages
import ModelChecking
import Testing

/// Random programs in some of the words, against interpreters that know the definitions and nothing
/// of the words: readers and sections by number, calls by number, a count that grows.
@Suite("Words against their definitions")
struct OracleTests {
  /// The places, by actor, that all actors can be at together.
  private func places(_ build: (SystemBuilder) -> Void) throws -> Set<[Int]> {
    let system = try System(build)
    let semantics = PlainSemantics(system: system)
    var search = BreadthFirst(semantics, from: semantics.initialStates)
    while search.next() != nil {}
    let counters = system.layout.fields.indices.filter {
      system.layout.fields[$0].name.hasSuffix(".location")
    }
    return Set(
      search.states.map { state in counters.map { system.layout.code(of: $0, in: state) } })
  }

  /// Every state that can be reached.
  private func reached<State: Hashable>(
    from start: State, _ successors: (State) -> [State]
  ) -> Set<State> {
    var seen: Set<State> = [start]
    var waiting = [start]
    while let state = waiting.popLast() {
      for next in successors(state) where seen.insert(next).inserted { waiting.append(next) }
    }
    return seen
  }

  /// How many flags there are by which the actors of a program wait for one another: without them, all
  /// places could be reached one actor after the other.
  private static let flags = 3

  private func set(_ number: Int, _ flags: FieldArray<Bool>) -> Step {
    Step("set", .store(flags[number])) { true }
  }

  private func wait(_ number: Int, _ flags: FieldArray<Bool>) -> Step {
    Step("wait", .wait(flags[number])) { $0 }
  }

  // MARK: RCU

  private enum RCUStep { case lock, unlock, begin, end, set(Int), wait(Int) }

  /// A program of a few sections, perhaps nested, and grace periods inside or outside.
  private func rcuProgram(_ random: inout SplitMix64) -> [RCUStep] {
    var steps: [RCUStep] = []
    var depth = 0
    for _ in 0..<random.next(below: 5) + 2 {
      switch random.next(below: 7) {
      case 0...1:
        if depth == 2 { continue }
        steps.append(.lock)
        depth += 1
      case 2:
        if depth == 0 { continue }
        steps.append(.unlock)
        depth -= 1
      case 3...4: steps += [.begin, .end]
      case 5: steps.append(.set(random.next(below: Self.flags)))
      default: steps.append(.wait(random.next(below: Self.flags)))
      }
    }
    return steps + Array(repeating: .unlock, count: depth)
  }

  private struct RCUState: Hashable {
    var places: [Int]
    var depths: [Int]
    /// By actor: how many outermost sections it has left.
    var left: [Int]
    var flags: Set<Int> = []
    /// By actor that waits: of each that was inside when it began, how many it had left then.
    var waits: [[Int: Int]]
  }

  @Test("a grace period ends when all have left who were inside when it began")
  func rcu() throws {
    var random = SplitMix64(seed: 12)
    var isHeldUp = 0
    for number in 0..<150 {
      let programs = (0..<random.next(below: 2) + 2).map { _ in rcuProgram(&random) }
      let found = try places { b in
        let rcu = RCU(in: b)
        let flags = b.fields("flag", count: Self.flags, .flag, initially: false)
        for (actor, program) in programs.enumerated() {
          b.actor("a\(actor)", on: b.cpu()) { _ in
            for step in program {
              switch step {
              case .lock: rcuReadLock(rcu)
              case .unlock: rcuReadUnlock(rcu)
              case .begin: synchronizeRCU(rcu)
              case .end: Steps.none
              case .set(let flag): set(flag, flags)
              case .wait(let flag): wait(flag, flags)
              }
            }
          }
        }
      }
      let none = Array(repeating: 0, count: programs.count)
      let start = RCUState(
        places: none, depths: none, left: none, waits: none.map { _ in [:] })
      let states = reached(from: start) { state in
        programs.indices.compactMap { me in
          guard state.places[me] < programs[me].count else { return nil }
          var next = state
          next.places[me] += 1
          switch programs[me][state.places[me]] {
          case .set(let flag): next.flags.insert(flag)
          case .wait(let flag): if !state.flags.contains(flag) { return nil }
          case .lock: next.depths[me] += 1
          case .unlock:
            next.depths[me] -= 1
            if next.depths[me] == 0 { next.left[me] += 1 }
          case .begin:
            for other in programs.indices where state.depths[other] > 0 {
              next.waits[me][other] = state.left[other]
            }
          case .end:
            if state.waits[me].contains(where: { state.left[$0.key] == $0.value }) {
              isHeldUp += 1
              return nil
            }
            next.waits[me] = [:]
          }
          return next
        }
      }
      let isSame = found == Set(states.map(\.places))
      #expect(isSame, "\(number): \(programs)")
    }
    #expect(isHeldUp > 100)
  }

  // MARK: Work items

  private enum WorkStep { case queue, cancel, startFlush, endFlush, grab, enable }

  private struct WorkState: Hashable {
    /// The owners' places, and the worker's last.
    var places: [Int]
    /// Calls by their number.
    var pending: Int?
    var running: Int?
    var last = 0
    var ended: Set<Int> = []
    /// By owner: the call that it waits for.
    var waits: [Int?]
    var disabled = 0
  }

  @Test("a flush waits for the call that was queued last, and a cancelled item is not called")
  func work() throws {
    var random = SplitMix64(seed: 7)
    for number in 0..<60 {
      let programs = (0..<random.next(below: 2) + 1).map { _ in
        (0..<random.next(below: 3) + 2).flatMap { _ -> [WorkStep] in
          switch random.next(below: 5) {
          case 0, 1: [.queue]
          case 2: [.cancel]
          case 3: [.startFlush, .endFlush]
          default: [.grab, .endFlush, .enable]
          }
        }
      }
      let found = try places { b in
        let work = WorkItem("work", in: b)
        for (actor, program) in programs.enumerated() {
          b.actor("owner\(actor)", on: b.cpu()) { _ in
            for step in program {
              switch step {
              case .queue: queueWork(work)
              case .cancel: cancelWork(work)
              case .startFlush: flushWork(work)
              case .grab: cancelWorkSync(work)
              case .endFlush, .enable: Steps.none
              }
            }
          }
        }
        b.actor("kworker", on: b.cpu()) { _ in workerThread(work) { Step("call") } }
      }
      let start = WorkState(
        places: Array(repeating: 0, count: programs.count + 1),
        waits: Array(repeating: nil, count: programs.count))
      let states = reached(from: start) { state in
        let worker = programs.count
        var nexts = programs.indices.compactMap { me -> WorkState? in
          guard state.places[me] < programs[me].count else { return nil }
          var next = state
          next.places[me] += 1
          switch programs[me][state.places[me]] {
          case .queue:
            if state.pending == nil && state.disabled == 0 {
              next.last += 1
              next.pending = next.last
            }
          case .cancel, .grab:
            if let call = state.pending { next.ended.insert(call) }
            next.pending = nil
            if programs[me][state.places[me]] == .grab {
              next.disabled += 1
              next.waits[me] = state.running
            }
          case .startFlush: next.waits[me] = state.pending ?? state.running
          case .endFlush:
            if let call = state.waits[me], !state.ended.contains(call) { return nil }
            next.waits[me] = nil
          case .enable: next.disabled -= 1
          }
          return next
        }
        var next = state
        next.places[worker] = (state.places[worker] + 1) % 3
        switch state.places[worker] {
        case 0:
          next.running = state.pending
          next.pending = nil
          if state.pending != nil { nexts.append(next) }
        case 1: nexts.append(next)
        default:
          next.ended.insert(state.running!)
          next.running = nil
          nexts.append(next)
        }
        return nexts
      }
      let isSame = found == Set(states.map(\.places))
      #expect(isSame, "\(number): \(programs)")
    }
  }

  // MARK: Seqcounts

  private enum SeqStep {
    case writeBegin, writeEnd, invalidate, begin, rawBegin, retry, again, set(Int), wait(Int)
  }

  private struct SeqState: Hashable {
    var places: [Int]
    var sequence = 0
    var flags: Set<Int> = []
    /// By reader: what it saw when it began; -1 where it will not be taken for valid.
    var seen: [Int]
  }

  @Test("a reader tries again exactly when the count is another than it was")
  func seqcount() throws {
    var random = SplitMix64(seed: 3)
    for number in 0..<150 {
      let programs = (0..<random.next(below: 2) + 2).map { actor -> [SeqStep] in
        func flag() -> [SeqStep] {
          switch random.next(below: 3) {
          case 0: [.set(random.next(below: Self.flags))]
          case 1: [.wait(random.next(below: Self.flags))]
          default: []
          }
        }
        return (0..<random.next(below: 2) + 1).flatMap { _ -> [SeqStep] in
          if actor == 0 || random.next(below: 3) == 0 {
            if random.next(below: 4) == 0 { return flag() + [.invalidate] + flag() }
            return flag() + [.writeBegin] + flag() + [.writeEnd] + flag()
          }
          let begin: SeqStep = random.next(below: 2) == 0 ? .begin : .rawBegin
          return flag() + [begin] + flag() + flag() + [.retry] + flag()
        }
      }
      let found = try places { b in
        let count = Seqcount("seq", in: b)
        let flags = b.fields("flag", count: Self.flags, .flag, initially: false)
        for (actor, program) in programs.enumerated() {
          b.actor("a\(actor)", on: b.cpu()) { _ in
            for step in program {
              switch step {
              case .writeBegin: writeSeqcountBegin(count)
              case .writeEnd: writeSeqcountEnd(count)
              case .invalidate: writeSeqcountInvalidate(count)
              case .begin: readSeqcountBegin(count)
              case .rawBegin: rawSeqcountBegin(count)
              case .again: Steps.none
              case .set(let flag): set(flag, flags)
              case .wait(let flag): wait(flag, flags)
              case .retry: If(readSeqcountRetry(count)) { Step("again") }
              }
            }
          }
        }
      }
      // Each retry has one place more, of those who try again.
      let flat = programs.map { program in
        program.flatMap { step -> [SeqStep] in
          if case .retry = step { [step, .again] } else { [step] }
        }
      }
      let none = Array(repeating: 0, count: programs.count)
      let states = reached(from: SeqState(places: none, seen: none)) { state in
        flat.indices.compactMap { me in
          guard state.places[me] < flat[me].count else { return nil }
          var next = state
          next.places[me] += 1
          switch flat[me][state.places[me]] {
          case .again: break
          case .set(let flag): next.flags.insert(flag)
          case .wait(let flag): if !state.flags.contains(flag) { return nil }
          // A second writer is told of, and comes no further.
          case .writeBegin where state.sequence % 2 != 0,
            .invalidate where state.sequence % 2 != 0:
            return nil
          case .writeBegin, .writeEnd: next.sequence += 1
          case .invalidate: next.sequence += 2
          case .begin:
            if state.sequence % 2 != 0 { return nil }
            next.seen[me] = state.sequence
          case .rawBegin: next.seen[me] = state.sequence - state.sequence % 2
          case .retry:
            if state.sequence == state.seen[me] { next.places[me] += 1 }
          }
          return next
        }
      }
      let isSame = found == Set(states.map(\.places))
      #expect(isSame, "\(number): \(programs)")
    }
  }
}
