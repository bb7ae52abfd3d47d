import ModelChecking

/// What a C programmer writes first, in the order of the table in Docs/WritingAModel.md, which has the compiler's
/// words.
func writtenAsInC(
  system: SystemBuilder, count: Field<Int>, other: Field<Int>, isReady: Field<Bool>, lock: Lock,
  freed: Ghost<Bool>
) {
  system.actor("a", on: system.cpu()) { actor in
    let seen = actor.register("seen", .range(0...3), initially: 0)
    If(seen > 1) { Step("retry") }  // error
  }
  system.actor("b", on: system.cpu()) { _ in
    if count == 0 { Step("retry") }  // error
  }
  system.actor("c", on: system.cpu()) { _ in
    count += 1  // error
  }
  system.actor("d", on: system.cpu()) { _ in
    Step("count++", .store(count)) { count + 1 }  // error
  }
  system.actor("e", on: system.cpu()) { _ in
    Step("other = count", .load(count)) { value, my in my[other] = value }  // error
  }
  system.actor("f", on: system.cpu()) { _ in
    If(Condition("ready", .load(isReady)) { $0 }) {
      return  // error
    }
  }
  system.actor("g", on: system.cpu()) { _ in
    while true { Step("again") }  // error
  }
  system.actor("h", on: system.cpu()) { actor in
    let seen = actor.register("seen", .range(0...3), initially: 0)
    for _ in 0..<seen { Step("again") }  // error
  }
  system.actor("i", on: system.cpu()) { _ in
    lock.acquire  // error
  }
  system.actor("j", on: system.cpu()) { _ in
    Step("both", .section(count, holding: lock)) { s in s[count] = 0 }  // error
  }
  system.actor("k", on: system.cpu()) { _ in
    If(Condition("is it freed?", .load(freed)) { $0 }) { Step("retry") }  // error
  }
  system.actor("l", on: system.cpu()) { _ in
    Step("free").noting { s in s[count] = 1 }  // error
  }
}
