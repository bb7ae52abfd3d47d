import ModelChecking

/// The queue lock of Mellor-Crummey and Scott (BEEM: mcs).
func declareMCS(in system: SystemBuilder, processes count: Int) {
  // BEEM's 255.
  let nobody = count
  let next = system.fields("next", count: count, .range(0...nobody), initially: nobody)
  let locked = system.fields("locked", count: count, .flag, initially: false)
  let tail = system.field("tail", .range(0...nobody), initially: nobody)

  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { actor in
      let pred = actor.register("pred", .range(0...nobody), initially: 0)

      Label("NCS")
      Step("next[me] = nobody", .store(next[me])) { nobody }
      Step("pred = tail, tail = me", .atomic(tail)) { value, my in
        my[pred] = value
        value = me
      }
      If(Condition(register: { my in my[pred] == nobody })) {
        Step("pred == nobody")
      } otherwise: {
        Step("pred != nobody")
        Step("locked[me] = 1", .store(locked[me])) { true }
        Step("next[pred] = me", .store(next[pred])) { me }
        Step("locked[me] == 0", .wait(locked[me])) { !$0 }
      }
      If(Condition("next[me] == nobody", .load(next[me])) { $0 == nobody }) {
        If(
          Condition("tail == me: tail = nobody", .atomic(tail)) { value in
            if value != me { return false }
            value = nobody
            return true
          }
        ) { Goto("NCS") }
        Step("next[me] != nobody", .wait(next[me])) { $0 != nobody }
      }
      Step(
        "locked[next[me]] = 0",
        .section([next[me]] + locked.fields, because: "one transition in BEEM")
      ) { s in s[locked[s[next[me]]]] = false }
      Goto("NCS")
    }
  }
}
