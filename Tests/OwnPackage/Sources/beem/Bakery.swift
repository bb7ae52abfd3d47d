import ModelChecking

/// Lamport's bakery with bounded numbers (BEEM: bakery).
func declareBakery(in system: SystemBuilder, processes count: Int, largest: Int) {
  let choosing = system.fields("choosing", count: count, .flag, initially: false)
  let number = system.fields("number", count: count, .range(0...largest), initially: 0)

  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { actor in
      let j = actor.register("j", .range(0...count), initially: 0)
      let max = actor.register("max", .range(0...largest), initially: 0)

      Label("NCS")
      Step("choosing[me] = 1, j = 0, max = 0", .store(choosing[me])) { my in
        my[j] = 0
        my[max] = 0
        return true
      }
      While(Condition(register: { my in my[j] < count })) {
        Step("max = number[j] if that is more", .load(number[j])) { value, my in
          if value > my[max] { my[max] = value }
          my[j] += 1
        }
      }
      Step(
        "number[me] = max + 1, choosing[me] = 0",
        .section([number[me], choosing[me]], because: "one transition in BEEM"),
        when: { s in s[max] < largest }
      ) { s in
        s[number[me]] = s[max] + 1
        s[j] = 0
        s[choosing[me]] = false
      }
      While(Condition(register: { my in my[j] < count })) {
        Step("choosing[j] == 0", .wait(choosing[j])) { !$0 }
        Step(
          "it is not j's turn before mine",
          .section(number.fields, because: "one transition in BEEM"),
          when: { s in
            let (his, mine) = (s[number[j]], s[number[me]])
            return his == 0 || his > mine || (his == mine && me <= s[j])
          }
        ) { s in s[j] += 1 }
      }
      Step("j == N")
      Step("number[me] = 0", .store(number[me])) { 0 }
      Goto("NCS")
    }
  }
}
