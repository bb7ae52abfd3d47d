import ModelChecking

/// Alur's and Taubenfeld's fast timed mutual exclusion in discrete time (BEEM: at).
func declareAlurTaubenfeld(in system: SystemBuilder, processes count: Int, k1: Int, k2: Int) {
  // BEEM's 255: the clock is off, and y is nobody's.
  let off = max(k1, k2) + 1
  let nobody = count
  let x = system.field("x", .range(0...count - 1), initially: 0)
  let y = system.field("y", .range(0...nobody), initially: nobody)
  let z = system.field("z", .flag, initially: false)
  let t = system.fields("t", count: count, .range(0...off), initially: off)

  declareTimer(in: system, t, off: off)
  for me in 0..<count {
    let mine = t[me]
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { _ in
      Label("NCS")
      Step("x = me", .section([x, mine], because: "one transition in BEEM")) { s in
        s[x] = me
        s[mine] = off
      }
      Step(
        "y is nobody's", .section([y, mine], because: "one transition in BEEM"),
        when: { s in s[y] == nobody }
      ) { s in s[mine] = k1 }
      Step("y = me", .section([y, mine], because: "one transition in BEEM")) { s in
        s[y] = me
        s[mine] = k1
      }
      If(
        Condition("x != me", .section([x, mine], because: "one transition in BEEM")) { s in
          s[mine] = s[x] == me ? k1 : k2
          return s[x] != me
        }
      ) {
        Step("t[me] == 0", .atomic(mine), when: { $0 == 0 }) { $0 = k1 }
        If(
          Condition("y != me", .section([y, mine], because: "one transition in BEEM")) { s in
            s[mine] = s[y] == me ? off : k1
            return s[y] != me
          }
        ) { Goto("NCS") }
        Step("z == 0", .wait(z)) { !$0 }
      } otherwise: {
        Step("z = 1", .section([z, mine], because: "one transition in BEEM")) { s in
          s[z] = true
          s[mine] = off
        }
      }
      Step("z = 0", .section([z, mine], because: "one transition in BEEM")) { s in
        s[z] = false
        s[mine] = k1
      }
      If(
        Condition("y == me", .section([y, mine], because: "one transition in BEEM")) { s in
          s[mine] = s[y] == me ? k1 : off
          return s[y] == me
        }
      ) {
        Step("y is nobody's", .section([y, mine], because: "one transition in BEEM")) { s in
          s[y] = nobody
          s[mine] = off
        }
      }
      Goto("NCS")
    }
  }
}
