import ModelChecking

/// One of each form of step, as Docs/WritingAModel.md lists them.
func declareStepForms(in system: SystemBuilder) {
  let count = system.field("count", .range(0...3), initially: 1)
  let isReady = system.field("ready", .flag, initially: false)
  let onList = system.field("on_list", .flag, initially: true)
  let slots = system.fields("slot", count: 2, .range(0...3), initially: 0)
  let lock = system.lock("list->lock", .spinlock)
  let freed = system.ghost("freed", .flag, initially: false)

  system.actor("everything", on: system.cpu()) { actor in
    let seen = actor.register("seen", .range(0...3), initially: 0)
    let index = actor.register("i", .range(0...1), initially: 0)

    Step("seen = READ_ONCE(count)", .load(count, .relaxed)) { value, my in my[seen] = value }
    Step("WRITE_ONCE(count, 2)", .store(count, .relaxed)) { 2 }
    Step("WRITE_ONCE(count, seen)", .store(count, .relaxed)) { my in my[seen] }
    Step("atomic_inc(&count)", .atomic(count)) { value in value += 1 }
    Step("smp_store_release(&ready, true)", .store(isReady, .release)) { true }
    Step("wait_event(ready)", .wait(isReady)) { $0 }
    Step("smp_mb()", .fullFence)
    Step("i++") { my in my[index] += 1 }
    Step("slot[i] = 1", .store(slots[index])) { 1 }
    Step("cpu_relax()")
    If(
      Condition("atomic_dec_and_test(&count)", .atomic(count)) { value in
        value -= 1
        return value == 0
      }
    ) {
      Step("free", .store(onList)) { true }.noting { s in s[freed] = true }
    }
    If(Condition(register: { my in my[seen] > 1 })) {
      Step("retry")
    }
    lock.acquire()
    Step("list_del, count--", .section([onList, count], holding: lock)) { s in
      s[onList] = false
      s[count] -= 1
    }
    lock.release()
    Step("list_add, count++", .section([onList, count], taking: lock)) { s in
      s[onList] = true
      s[count] += 1
    }
    Step(
      "copy",
      .section([count, isReady], because: "interrupts are off and nobody else is there yet"),
      when: { s in s[isReady] }
    ) { s in s[count] = 0 }
  }
}

/// What is meant by what Tests/Refused/WrittenAsInC.swift says.
func declareMeant(in system: SystemBuilder) {
  let count = system.field("count", .range(0...3), initially: 0)
  let other = system.field("other", .range(0...3), initially: 0)
  let isFree = system.field("free", .flag, initially: false)
  let freed = system.ghost("freed", .flag, initially: false)
  let lock = system.lock("lock", .spinlock)

  system.actor("as it is meant", on: system.cpu()) { actor in
    let seen = actor.register("seen", .range(0...3), initially: 0)
    let index = actor.register("index", .range(0...2), initially: 0)

    If(Condition(register: { my in my[seen] > 1 })) { Step("retry") }
    If(Condition("count == 0", .load(count)) { $0 == 0 }) { Step("retry") }
    Step("count++", .atomic(count)) { value in value += 1 }
    Step("seen = count", .load(count)) { value, my in my[seen] = value }
    Step("other = seen", .store(other)) { my in my[seen] }
    While(Condition(register: { my in my[index] < 2 })) {
      Step("index++") { my in my[index] += 1 }
    }
    lock.guarded {
      Step("both", .section([count, other], holding: lock)) { s in s[other] = s[count] }
    }
    Step("free", .store(isFree)) { true }.noting { s in s[freed] = true }
    If(Condition("is free", .load(isFree)) { $0 }) { Return() }
    Step("use it")
  }
  system.invariant("what is used is not free") { s in !s[freed] || s[isFree] }
}

/// What a step may claim about what it meets.
func declareAssertions(in system: SystemBuilder) {
  let count = system.field("page.count", .range(0...3), initially: 1)
  let isFrozen = system.ghost("frozen", .flag, initially: false)
  let lock = system.lock("list->lock", .spinlock)

  system.actor("owner", on: system.cpu()) { _ in
    Step.bugOn("VM_BUG_ON_PAGE(page_count(page) == 0, page)", .load(count)) { $0 == 0 }
    Condition("page_ref_dec_and_test", .atomic(count)) { value in
      value -= 1
      return value == 0
    }.warnOn(false, "WARN_ON(!page_ref_dec_and_test(page))")
    lock.acquire()
    lock.assertHeld()
    lock.release()
    Step("free_page").asserting("no frozen page is freed") { s in !s[isFrozen] }
  }
}

/// How programs branch, loop, choose and call, as Docs/WritingAModel.md lists it.
func declareControlFlow(in system: SystemBuilder) {
  let count = system.field("count", .range(0...3), initially: 0)
  let lock = system.lock("list->lock", .spinlock)

  system.actor("worker", on: system.cpu()) { actor in
    let tries = actor.register("tries", .range(0...2), initially: 2)

    While(Condition(register: { my in my[tries] > 0 })) {
      If(lock.tryAcquire()) {
        Step("count++", .section([count], holding: lock)) { s in s[count] += 1 }
        lock.release()
        Break()
      } otherwise: {
        Step("cpu_relax()").also { my in my[tries] -= 1 }
      }
    }
    Choose(1...2) { number in
      Step("count = \(number)", .store(count)) { number }
    }
    If(!take(count, lock)) { Goto("out") }
    Step("use it")
    Label("out")
    Finish()
  }
}

private func take(_ count: Field<Int>, _ lock: Lock) -> Condition {
  Condition(call: "take") {
    lock.guarded {
      If(Condition("count == 0", .load(count)) { $0 == 0 }) { Return(false) }
      Step("count--", .section([count], holding: lock)) { s in s[count] -= 1 }
      Return(true)
    }
  }
}

enum ScannedType: UInt8, FieldEnumeration { case none, offline, buddy }

/// A way for each value, and where an actor is.
func declareSwitch(in system: SystemBuilder) {
  let type = system.field("page.type", .cases, initiallyAnyOf: ScannedType.allCases)
  system.actor("scanner", on: system.cpu()) { _ in
    Switch("switch (page->type)", .load(type), over: [.offline, .buddy]) { type in
      Step("skip \(type.label)")
    } otherwise: {
      Step("take the page")
    }
  }
  let isTaking = system.isAt("scanner", "take the page")
  system.invariant("no page of others is taken") { s in !s[isTaking] || s[type] == .none }
}

/// A count and a lock bit in one word, as of a lockref.
struct CountAndLock: FieldValue {
  var count: Int
  var isLocked: Bool

  init(count: Int, isLocked: Bool) { (self.count, self.isLocked) = (count, isLocked) }
  init(code: Int) { self.init(count: code / 2, isLocked: code % 2 == 1) }
  var code: Int { count * 2 + (isLocked ? 1 : 0) }
  var label: String { isLocked ? "\(count), locked" : "\(count)" }
}

/// A word that is read and written at once.
func declarePackedWord(in system: SystemBuilder) {
  let word = system.field(
    "lockref", .codes(0...7), initially: CountAndLock(count: 1, isLocked: false))
  system.actor("getter", on: system.cpu()) { _ in
    Step("cmpxchg", .atomic(word), when: { !$0.isLocked }) { word in word.count += 1 }
  }
  system.goal("there are two references") { s in s[word].count == 2 }
}
