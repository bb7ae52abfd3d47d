import ModelChecking

/// Szymanski's mutual exclusion with four bits a process (BEEM: szymanski).
func declareSzymanski(in system: SystemBuilder, processes count: Int) {
  let a = system.fields("a", count: count, .flag, initially: false)
  let w = system.fields("w", count: count, .flag, initially: false)
  let s = system.fields("s", count: count, .flag, initially: false)

  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { actor in
      let j = actor.register("j", .range(0...count), initially: 0)
      let isLooking = Condition(register: { my in my[j] < count })

      Label("NCS")
      Step("a[me] = 1, j = 0", .store(a[me])) { my in
        my[j] = 0
        return true
      }
      While(isLooking) {
        Step("s[j] == 0: j++", .wait(s[j])) { !$0 }.also { my in my[j] += 1 }
      }
      Step("j == N")
      Step("w[me] = 1, a[me] = 0", .section([w[me], a[me]], because: "one transition in BEEM")) {
        $0[w[me]] = true
        $0[a[me]] = false
      }
      Label("p4")
      If(
        Condition("s[me] == 1, j = 0", .load(s[me])) { value, my in
          my[j] = 0
          return value
        }
      ) { Goto("p9") }
      Label("p5")
      If(isLooking) {
        If(
          Condition("a[j] == 0", .load(a[j])) { !$0 }.also { my, isZero in if isZero { my[j] += 1 }
          }
        ) {
          Goto("p5")
        }
      } otherwise: {
        Step("j == N")
      }
      If(isLooking) {
        Step("j < N")
        Goto("p7")
      }
      Step("s[me] = 1, j = 0", .store(s[me])) { my in
        my[j] = 0
        return true
      }
      Label("p61")
      If(isLooking) {
        Choose {
          Way {
            Step("a[j] == 0: j++", .wait(a[j])) { !$0 }.also { my in my[j] += 1 }
            Goto("p61")
          }
          Way {
            Step(
              "a[j] == 1: s[me] = 0",
              .section(a.fields + [s[me]], because: "one transition in BEEM"),
              when: { $0[a[j]] }
            ) { $0[s[me]] = false }
            Goto("p7")
          }
        }
      }
      Step("w[me] = 0, j = 0", .store(w[me])) { my in
        my[j] = 0
        return false
      }
      While(isLooking) {
        Step("w[j] == 0: j++", .wait(w[j])) { !$0 }.also { my in my[j] += 1 }
      }
      Step("j == N")
      Label("p7")
      If(isLooking) {
        Step("j = 0") { my in my[j] = 0 }
        Label("p71")
        If(isLooking) {
          If(
            Condition(
              "w[j] == 1 && s[j] == 0",
              .section(w.fields + s.fields, because: "one transition in BEEM")
            ) { view in
              let goesOn = view[w[j]] && !view[s[j]]
              if goesOn { view[j] += 1 }
              return goesOn
            }
          ) { Goto("p71") }
        } otherwise: {
          Step("j == N")
        }
      } otherwise: {
        Step("j == N")
      }
      If(Condition(register: { my in my[j] != me && my[j] < count })) {
        Step("s[me] = 1, w[me] = 0", .section([s[me], w[me]], because: "one transition in BEEM")) {
          $0[s[me]] = true
          $0[w[me]] = false
        }
      } otherwise: {
        Step("j == me || j == N")
      }
      Goto("p4")
      Label("p9")
      While(Condition(register: { my in my[j] < me })) {
        Step(
          "w[j] == 0 && s[j] == 0: j++",
          .section(w.fields + s.fields, because: "one transition in BEEM"),
          when: { !$0[w[j]] && !$0[s[j]] }
        ) { $0[j] += 1 }
      }
      Step("j == me")
      Step("s[me] = 0", .store(s[me])) { false }
      Goto("NCS")
    }
  }
}
