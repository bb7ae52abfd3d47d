import ModelChecking

/// A page of these systems, which registers and fields can refer to.
struct Page: FieldReference {
  let index: Int
  init(index: Int) { self.index = index }
  var description: String { "page\(index)" }
}

/// A small random system in which walkers are alike, and pages.
struct AlikeSystem {
  let seed: Int
  /// Whether data races are told of.
  var racing = false

  private struct Shared {
    let pages: [(count: Field<Int>, isFree: Field<Bool>)]
    let last: Field<Page?>
    let users: Field<ActorSet>
    let lock: Lock
    let isSeen: Ghost<Bool>
  }

  var system: System {
    get throws {
      try System { builder in
        if racing { builder.reportDataRaces() }
        var random = SplitMix64(seed: UInt64(seed))
        declare(in: builder, &random)
      }
    }
  }

  private func declare(in system: SystemBuilder, _ random: inout SplitMix64) {
    let (pageCount, walkers) = (2 + random.next(below: 2), 2 + random.next(below: 2))
    let shared = Shared(
      pages: (0..<pageCount).map {
        (
          system.field("page\($0).count", .range(0...3), initially: 1),
          system.field("page\($0).free", .flag, initially: false)
        )
      },
      last: system.field("last", .optional(Page.self, count: pageCount), initially: nil),
      users: system.field("users", system.setsOfActors, initially: ActorSet()),
      lock: system.lock("lock", random.next(below: 2) == 0 ? .mutex : .spinlock),
      isSeen: system.ghost("seen", .flag, initially: false))
    let plan = (0..<(2 + random.next(below: 2))).map { _ in random.next(below: 7) }
    let isLoop = random.next(below: 3) == 0
    let sharesCPU = random.next(below: 3) == 0
    let cpu = system.cpu()
    for number in 0..<walkers {
      system.actor("walker\(number)", on: sharesCPU ? cpu : system.cpu()) { actor in
        let seen = actor.register("seen", .optional(Page.self, count: pageCount), initially: nil)
        if isLoop {
          Loop { Self.statements(plan, shared, seen, actor.number) }
        } else {
          Self.statements(plan, shared, seen, actor.number)
        }
      }
    }
    let owner = (0..<2).map { _ in random.next(below: 4) }
    system.actor("driver", on: system.cpu()) { actor in
      let seen = actor.register("seen", .optional(Page.self, count: pageCount), initially: nil)
      Self.statements(owner, shared, seen, actor.number)
    }
    let most = 1 + random.next(below: 3)
    system.invariant("counts are small", severity: random.next(below: 2) == 0 ? .bug : .warning) {
      s in shared.pages.allSatisfy { s[$0.count] <= most }
    }
    if random.next(below: 3) == 0 {
      system.invariant(
        "what is free is not used", when: { s in shared.pages.contains { s[$0.isFree] } }
      ) {
        s in shared.pages.allSatisfy { !s[$0.isFree] || s[$0.count] == 0 }
      }
    }
    system.goal("all are free", random.next(below: 2) == 0 ? .reachable : .alwaysReachable) { s in
      shared.pages.allSatisfy { s[$0.isFree] }
    }
  }

  @StepsBuilder private static func statements(
    _ plan: [Int], _ shared: Shared, _ seen: Register<Page?>, _ me: Int
  ) -> Steps {
    for kind in plan { statement(kind, shared, seen, me) }
  }

  @StepsBuilder private static func statement(
    _ kind: Int, _ shared: Shared, _ seen: Register<Page?>, _ me: Int
  ) -> Steps {
    switch kind {
    case 0:
      Choose(Array(shared.pages.enumerated())) { place, page in
        Step("get", .atomic(page.count), when: { count, _ in count < 3 }) { count, my in
          count += 1
          my[seen] = Page(index: place)
        }
      }
    case 1:
      Choose(shared.pages) { page in
        If(
          Condition("put", .atomic(page.count)) { (count: inout Int) in
            if count > 0 { count -= 1 }
            return count == 0
          }
        ) { Step("free", .store(page.isFree)) { true } }
      }
    case 2:
      shared.lock.acquire()
      Step("note", .store(shared.last)) { my in my[seen] }
      shared.lock.release()
    case 3:
      Step("enter", .atomic(shared.users)) { users in users.insert(me) }
    case 4:
      If(Condition("mine", .load(shared.last)) { last, my in last == my[seen] }) {
        Step("leave", .atomic(shared.users)) { users in users.remove(me) }
      }
    case 5:
      Step(
        "sweep",
        .section(
          shared.pages.flatMap { [$0.count, $0.isFree] as [any SharedField] }, taking: shared.lock)
      ) { s in
        let isAny = shared.pages.map { s[$0.count] }.max() == 2
        for page in shared.pages where isAny { s[page.isFree] = false }
      }
    default:
      Step("look", .load(shared.last)) { last, my in my[seen] = last }
    }
  }
}
