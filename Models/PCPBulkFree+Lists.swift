import KernelPages
import ModelChecking

/// A CPU's own lists, `struct per_cpu_pages`, and what is done with them (mm/page_alloc.c).
///
/// A page is no more than a number here. Of the lists, one for each migratetype that is kept, two are
/// enough to go round. zone->lock is left out: nobody holds it and waits for something else.
struct PCPLists {
  let design: PCPBulkFree.Design
  /// Interrupts off (to v5.13) or pcp->lock (since v6.0).
  let lock: Lock
  let count: Field<Int>
  let high: Field<Int>
  let batch: Field<Int>
  /// How many pages are on each list.
  let lists: FieldArray<Int>
  /// Ghost: a free flushed because count was at a high that is not 0.
  let flushedFull: Ghost<Bool>

  init(in system: SystemBuilder, pages: Int, _ design: PCPBulkFree.Design) {
    self.design = design
    lock =
      design.isToday
      ? system.lock("pcp->lock", .spinlock) : system.lock("interrupts", .irqSpinlock)
    count = system.field("pcp->count", .range(0...pages), initially: 0)
    // The boot pageset, or a zone without memory.
    high = system.field("pcp->high", .range(0...PCPBulkFree.high), initially: 0)
    batch = system.field("pcp->batch", .range(1...PCPBulkFree.batch), initially: 1)
    lists = system.fields("pcp->lists", count: 2, .range(0...pages), initially: 0)
    flushedFull = system.ghost("flushed_full", .flag, initially: false)
  }

  /// `pageset_update()` (v5.9, and v6.19 where high_min is high_max).
  @StepsBuilder func update(high newHigh: Int, batch newBatch: Int) -> Steps {
    Call("pageset_update") {
      if design.writes == .batchLowMeanwhile {
        Step("pcp->batch = 1", .store(batch, .relaxed)) { 1 }
        Step("pcp->high = \(newHigh)", .store(high, .relaxed)) { newHigh }
        Step("pcp->batch = \(newBatch)", .store(batch, .relaxed)) { newBatch }
      } else {
        Step("pcp->batch = \(newBatch)", .store(batch, .relaxed)) { newBatch }
        Step("pcp->high = \(newHigh)", .store(high, .relaxed)) { newHigh }
      }
    }
  }

  /// `free_pcppages_bulk()` (v5.8, v5.9, v6.19): takes pages off the lists, one list after the other.
  ///
  /// How many it takes off one list before it goes on to the next is left out; it takes what is
  /// there.
  ///
  /// - Parameter left: its parameter `count`.
  @StepsBuilder private func bulk(_ left: Register<Int>, _ list: Register<Int>) -> Steps {
    Call("free_pcppages_bulk") {
      if design.clampsCount {
        Step("count = min(pcp->count, count)", .load(count)) { value, my in
          my[left] = min(my[left], value)
        }
      }
      While(Condition(register: { my in my[left] > 0 })) {
        If(
          Condition("list_empty(list)", .load(lists[list])) { $0 == 0 }.also { my, isEmpty in
            if isEmpty { my[list] = 1 - my[list] }
          }
        ) { Continue() }
        Step("list_del, pcp->count--", .section(lists.fields + [count], holding: lock)) { s in
          s[lists[list]] -= 1
          s[count] -= 1
          s[left] -= 1
          if s[left] == 0 { s[list] = 0 }
        }
      }
    }
  }

  /// What is both in `free_unref_page_commit()` and in `free_frozen_page_commit()`.
  @StepsBuilder private func add(_ pagesLeft: Register<Int>) -> Steps {
    Choose(lists.fields.indices) { list in
      Step(
        "list_add(&pcp->lists[\(list)]), pcp->count++",
        .section([lists[list], count], holding: lock)
      ) { s in
        s[lists[list]] += 1
        s[count] += 1
        s[pagesLeft] -= 1
      }
    }
  }

  private var isFull: Condition {
    Condition("pcp->count >= pcp->high", .section([count, high], holding: lock)) { s in
      s[count] >= s[high]
    }.noting { s, isFull in if isFull && s[high] > 0 { s[flushedFull] = true } }
  }

  // MARK: v5.9

  /// The exit of a process that owns all the pages: `free_unref_page()` and
  /// `free_unref_page_commit()` (v5.8, v5.9) of each.
  @StepsBuilder func freeAll(_ pages: Int, as actor: Actor) -> Steps {
    let pagesLeft = actor.register("pages left", .range(0...pages), initially: pages)
    let left = actor.register("count", .range(0...max(pages, PCPBulkFree.batch)), initially: 0)
    let list = actor.register("list", .range(0...1), initially: 0)
    let readBatch = Step("batch = READ_ONCE(pcp->batch)", .load(batch, .relaxed)) { value, my in
      my[left] = value
    }
    While(Condition(register: { my in my[pagesLeft] > 0 })) {
      Call("free_unref_page_commit") {
        lock.acquire()
        add(pagesLeft)
        if design.readsBatchFirst {
          readBatch
          If(isFull) {
            bulk(left, list)
          } otherwise: {
            Step("return").also { my in my[left] = 0 }
          }
        } else {
          If(isFull) {
            readBatch
            bulk(left, list)
          }
        }
        release(left)
      }
    }
  }

  /// The end of a critical section in which `bulk` may have been asked for pages.
  private func release(_ left: Register<Int>) -> Step {
    lock.release().asserting(PCPBulkFree.told) { s in s[left] == 0 }
  }

  // MARK: v6.19

  /// The same today: `__free_frozen_pages()` and `free_frozen_page_commit()` (v6.19), for order 0.
  @StepsBuilder func freeAllToday(_ pages: Int, as actor: Actor) -> Steps {
    let pagesLeft = actor.register("pages left", .range(0...pages), initially: pages)
    let mine = TodaysRegisters(actor)
    While(Condition(register: { my in my[pagesLeft] > 0 })) {
      If(lock.tryAcquire()) {
        commit(pagesLeft, mine)
      } otherwise: {
        Step("free_one_page").also { my in my[pagesLeft] -= 1 }
      }
    }
  }

  @StepsBuilder private func commit(_ pagesLeft: Register<Int>, _ mine: TodaysRegisters) -> Steps {
    Call("free_frozen_page_commit") {
      add(pagesLeft)
      Step("batch = READ_ONCE(pcp->batch)", .load(batch, .relaxed)) { value, my in
        my[mine.batch] = value
      }
      // nr_pcp_high(), where high_min is high_max.
      Step("high = READ_ONCE(pcp->high)", .load(high, .relaxed)) { value, my in
        my[mine.high] = value
      }
      If(
        Condition("pcp->count < high", .load(count)) { value, my in value < my[mine.high] }
          .noting { s, isBelow in if !isBelow && s[mine.high] > 0 { s[flushedFull] = true } }
      ) {
        unlock(mine)
        Return()
      }
      chooseNumber(mine)
      Loop {
        Step("to_free_batched = min(to_free, batch)") { my in
          my[mine.left] = min(my[mine.toFree], my[mine.batch])
          my[mine.toFree] -= my[mine.left]
        }
        .asserting(PCPBulkFree.atLeastOne) { s in s[mine.toFree] > 0 }
        bulk(mine.left, mine.list)
        If(Condition(register: { my in my[mine.toFree] == 0 })) { Break() }
        // There are pages left, as count was at high, which is more than to_free.
        release(mine.left)
        If(!lock.tryAcquire()) {
          Step("return").also { my in mine.reset(&my) }
          Return()
        }
        If(Condition("pcp->count > 0", .load(count)) { $0 == 0 }) { Break() }
      }
      unlock(mine)
    }
  }

  private func unlock(_ mine: TodaysRegisters) -> Step {
    release(mine.left).also { my in mine.reset(&my) }
  }

  /// `nr_pcp_free()`: 1, or a number between batch and high - batch that depends on how many pages
  /// were freed in a row. Here it is any of these.
  @StepsBuilder private func chooseNumber(_ mine: TodaysRegisters) -> Steps {
    If(Condition(register: { my in my[mine.high] < my[mine.batch] })) {
      Step("to_free = 1") { my in my[mine.toFree] = 1 }
    } otherwise: {
      for batch in 1...PCPBulkFree.batch {
        If(Condition(register: { my in my[mine.batch] == batch })) {
          Choose(batch...PCPBulkFree.high - batch) { number in
            Step("to_free = \(number)") { my in my[mine.toFree] = number }
          }
        }
      }
    }
  }

  /// `drain_pages_zone()` (v6.19), by another CPU.
  @StepsBuilder func drain(_ pages: Int, as actor: Actor) -> Steps {
    let left = actor.register("count", .range(0...pages), initially: 0)
    let list = actor.register("list", .range(0...1), initially: 0)
    Call("drain_pages_zone") {
      lock.acquire()
      Step("count = pcp->count", .load(count)) { value, my in my[left] = value }
      bulk(left, list)
      release(left).asserting(PCPBulkFree.drained) { s in s[count] == 0 }
    }
  }
}

/// The local variables of `free_frozen_page_commit()`.
private struct TodaysRegisters {
  let batch: Register<Int>
  let high: Register<Int>
  let toFree: Register<Int>
  /// `count` and the list of `free_pcppages_bulk()`.
  let left: Register<Int>
  let list: Register<Int>

  init(_ actor: Actor) {
    batch = actor.register("batch", .range(1...PCPBulkFree.batch), initially: 1)
    high = actor.register("high", .range(0...PCPBulkFree.high), initially: 0)
    toFree = actor.register("to_free", .range(0...PCPBulkFree.high - 1), initially: 0)
    left = actor.register("count", .range(0...PCPBulkFree.batch), initially: 0)
    list = actor.register("list", .range(0...1), initially: 0)
  }

  /// They are gone when the function returns.
  func reset(_ my: inout Registers) {
    my[batch] = 1
    my[high] = 0
    my[toFree] = 0
  }
}
