import ModelChecking

/// Dining philosophers (BEEM: phils).
///
/// - Parameter seats: how many may be in the room; nil where there is no room, and they can deadlock.
func declarePhilosophers(in system: SystemBuilder, count: Int, seats: Int?) {
  let fork = system.fields("fork", count: count, .flag, initially: false)
  let inside = seats.map { system.field("count", .range(0...$0), initially: 0) }

  for me in 0..<count {
    let (left, right) = (fork[me], fork[(me + 1) % count])
    system.actor("phil\(me)", on: system.cpu(), duty: .mayRunForever) { _ in
      Label("think")
      if let inside, let seats {
        Step("come in", .atomic(inside), when: { $0 < seats }) { $0 += 1 }
      }
      Label("inside")
      Choose(
        [
          Steps {
            if let inside {
              Step("go out", .atomic(inside)) { $0 -= 1 }
              Goto("think")
            }
          },
          Steps { take(left) },
        ].suffix(inside == nil ? 1 : 2)
      ) { $0 }
      take(right)
      Step("put the left fork", .store(left)) { false }
      Step("put the right fork", .store(right)) { false }
      Goto("inside")
    }
  }
}

private func take(_ fork: Field<Bool>) -> Step {
  Step("take a fork", .atomic(fork), when: { !$0 }) { $0 = true }
}
