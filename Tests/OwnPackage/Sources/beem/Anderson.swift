import ModelChecking

/// Anderson's queue lock (BEEM: anderson).
func declareAnderson(in system: SystemBuilder, processes count: Int) {
  let slot = (0..<count).map { place in
    system.field("slot[\(place)]", .range(0...1), initially: place == 0 ? 1 : 0)
  }
  let next = system.field("next", .range(0...2 * count - 1), initially: 0)

  for me in 0..<count {
    system.actor("p\(me)", on: system.cpu(), duty: .mayRunForever) { actor in
      let place = actor.register("my_place", .range(0...2 * count - 1), initially: 0)

      Loop {
        Step("my_place = next++", .atomic(next)) { value, my in
          my[place] = value
          value += 1
        }
        If(Condition(register: { my in my[place] == count - 1 })) {
          Step("next -= N", .atomic(next)) { $0 -= count }
        } otherwise: {
          Step("my_place %= N") { my in my[place] %= count }
        }
        Step(
          "slot[my_place] == 1", .section(slot, because: "one transition in BEEM"),
          when: { s in s[slot[s[place]]] == 1 }
        ) { _ in }
        Step("slot[my_place] = 0", .section(slot, because: "one transition in BEEM")) { s in
          s[slot[s[place]]] = 0
        }
        Step(
          "slot[(my_place + 1) % N] = 1", .section(slot, because: "one transition in BEEM")
        ) { s in s[slot[(s[place] + 1) % count]] = 1 }
      }
    }
  }
}
