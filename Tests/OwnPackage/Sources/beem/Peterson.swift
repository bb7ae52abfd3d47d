import ModelChecking

/// Peterson's algorithm for several processes (BEEM: peterson).
///
/// A process goes from level to level while nobody else is as high, or it is not the last that came to its
/// level.
func declarePeterson(in system: SystemBuilder, processes count: Int) {
  // BEEM's step[j - 1] is last[j] here: level 0 is the start.
  let pos = system.fields("pos", count: count, .range(0...count - 1), initially: 0)
  let last = system.fields("last", count: count, .range(0...count - 1), initially: 0)

  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { actor in
      let j = actor.register("j", .range(0...count), initially: 0)
      let k = actor.register("k", .range(0...count), initially: 0)

      Label("NCS")
      Step("j = 1") { my in my[j] = 1 }
      Label("wait")
      If(Condition(register: { my in my[j] == count })) {
        Step("j == N")
        Step("pos[me] = 0", .store(pos[me])) { 0 }
        Goto("NCS")
      }
      Step("pos[me] = j", .store(pos[me])) { my in my[j] }
      Step("step[j-1] = me, k = 0", .store(last[j])) { my in
        my[k] = 0
        return me
      }
      Label("q3")
      If(Condition(register: { my in my[k] < count })) {
        Choose {
          Way {
            Step("k == me || pos[k] < j", .wait(pos[k])) { value, my in
              my[k] == me || value < my[j]
            }.also { my in my[k] += 1 }
            Goto("q3")
          }
          Way {
            Step("step[j-1] != me", .wait(last[j])) { value in value != me }
              .also { my in my[j] += 1 }
            Goto("wait")
          }
        }
      } otherwise: {
        Step("k == N") { my in my[j] += 1 }
        Goto("wait")
      }
    }
  }
}
