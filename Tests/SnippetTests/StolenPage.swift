import ModelChecking

let takers = Bound("takers", "CPUs that take a page", default: 2, large: 3, in: 2...4)

/// May two CPUs take one page off a list?
let stolenPage = Model(
  name: "stolen-page",
  summary: "May two CPUs take one page off a list?",
  sources: ["made up, for Docs/WritingAModel.md"],
  bounds: [takers],
  variants: [
    Variant(
      "no-lock", "the list is looked at and emptied without its lock", source: "made up",
      expect: .violated("at most one CPU has the page", steps: 4), design: .none),
    Variant(
      "lock-after-look", "the lock is taken after the look", source: "made up",
      expect: .violated("at most one CPU has the page", steps: 7), design: .late),
    Variant(
      "locked", "look and removal are one critical section", source: "made up",
      expect: .holds, design: .full),
  ]
) { system, locking, bounds in
  declareStolenPage(in: system, locking, takers: bounds[takers])
}

enum Locking { case none, late, full }

func declareStolenPage(in system: SystemBuilder, _ locking: Locking, takers: Int) {
  let lock = system.lock("list->lock", .spinlock)
  let isOnList = system.field("page.on_list", .flag, initially: true)
  let holders = system.ghost("page.holders", .range(0...takers), initially: 0)

  for number in 0..<takers {
    system.actor("taker\(number)", on: system.cpu()) { _ in
      Call("take_page") {
        if locking == .full { lock.acquire() }
        If(Condition("list_empty", .load(isOnList)) { isOnList in !isOnList }) {
          if locking == .full { lock.release() }
          Return()
        }
        if locking == .late { lock.acquire() }
        Step("list_del", .store(isOnList)) { false }
          .noting { s in s[holders] += 1 }
        if locking != .none { lock.release() }
      }
    }
  }

  system.invariant("at most one CPU has the page") { s in s[holders] <= 1 }
  system.goal("the page is taken") { s in s[holders] == 1 }
}
