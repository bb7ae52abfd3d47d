import ModelChecking

/// Fischer's timed mutual exclusion in discrete time (BEEM: fischer).
func declareFischer(in system: SystemBuilder, processes count: Int, k1: Int, k2: Int) {
  // BEEM's 255: the clock is off.
  let off = max(k1, k2) + 1
  // 0 is nobody.
  let id = system.field("id", .range(0...count), initially: 0)
  let t = system.fields("t", count: count, .range(0...off), initially: off)

  declareTimer(in: system, t, off: off)
  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { _ in
      Label("NCS")
      Step(
        "id == 0: t[me] = K1", .section([id, t[me]], because: "one transition in BEEM"),
        when: { s in s[id] == 0 }
      ) { s in s[t[me]] = k1 }
      Step("t[me] = K2, id = me", .section([id, t[me]], because: "one transition in BEEM")) { s in
        s[t[me]] = k2
        s[id] = me + 1
      }
      Label("wait")
      Choose {
        Way {
          Step("t[me] == 0: off", .atomic(t[me]), when: { $0 == 0 }) { $0 = off }
          Goto("wait")
        }
        Way {
          Step(
            "id == me", .section([id, t[me]], because: "one transition in BEEM"),
            when: { s in s[t[me]] == off && s[id] == me + 1 }
          ) { _ in }
          Step("id = 0", .store(id)) { 0 }
          Goto("NCS")
        }
        Way {
          Step(
            "id != me", .section([id, t[me]], because: "one transition in BEEM"),
            when: { s in s[t[me]] == off && s[id] != me + 1 }
          ) { _ in }
          Goto("NCS")
        }
      }
    }
  }
}

/// The passing of time: all clocks that are on count down together, unless one of them is due.
func declareTimer(in system: SystemBuilder, _ t: FieldArray<Int>, off: Int) {
  system.actor("timer", on: system.cpu(), duty: .mayRunForever) { _ in
    Loop {
      Step(
        "tick", .section(t.fields, because: "one transition in BEEM"),
        when: { s in
          for clock in t.fields where s[clock] == 0 { return false }
          return true
        }
      ) { s in
        for clock in t.fields where s[clock] != off { s[clock] -= 1 }
      }
    }
  }
}
