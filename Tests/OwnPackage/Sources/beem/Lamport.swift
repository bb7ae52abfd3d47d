import ModelChecking

/// Lamport's fast mutual exclusion (BEEM: lamport).
func declareLamport(in system: SystemBuilder, processes count: Int) {
  // BEEM's 255.
  let nobody = count
  let b = system.fields("b", count: count, .flag, initially: false)
  let x = system.field("x", .range(0...nobody), initially: nobody)
  let y = system.field("y", .range(0...nobody), initially: nobody)

  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { actor in
      let j = actor.register("j", .range(0...count), initially: 0)

      Label("NCS")
      Step("b[me] = 1", .store(b[me])) { true }
      Step("x = me", .store(x)) { me }
      If(
        Condition(
          "y is taken: b[x] = 0", .section([x, y] + b.fields, because: "one transition in BEEM")
        ) { s in
          if s[y] == nobody { return false }
          s[b[s[x]]] = false
          return true
        }
      ) {
        Step("y is free", .wait(y)) { $0 == nobody }
        Goto("NCS")
      }
      Step("y = me", .store(y)) { me }
      If(
        Condition(
          "x != me: b[me] = 0, j = 0", .section([x, b[me]], because: "one transition in BEEM")
        ) {
          s in
          if s[x] == me { return false }
          s[b[me]] = false
          s[j] = 0
          return true
        }
      ) {
        While(Condition(register: { my in my[j] < count })) {
          Step("b[j] == 0: j++", .wait(b[j])) { !$0 }.also { my in my[j] += 1 }
        }
        Step("j == N")
        Choose {
          Way { Step("y == me", .wait(y)) { $0 == me } }
          Way {
            Step("y is free", .wait(y)) { $0 == nobody }
            Goto("NCS")
          }
        }
      }
      Step("y is free now", .store(y)) { nobody }
      Step("b[me] = 0", .store(b[me])) { false }
      Goto("NCS")
    }
  }
}
