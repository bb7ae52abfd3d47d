import ModelChecking

/// What race files know without declaring it.
///
/// Pages and the functions on them are written as a race file themselves, `kernel.race`; what can't be said
/// in C is in `Lowering+BuiltIns.swift` and `Lowering+Atomics.swift`.
enum Vocabulary {
  static let text = SourceText(
    path: "kernel.race",
    bytes: PackageResources.kernel_race + PackageResources.locks_race
      + PackageResources.waiting_race + PackageResources.deferred_race
      + PackageResources.zone_race)

  private static let tokens: [Token] = {
    var diagnostics = Diagnostics()
    return Lexer.tokens(of: text, &diagnostics)
  }()

  /// Every name in the text, for what quotes its steps.
  static let namesInText = UnreachableNames.names(in: tokens)

  static let syntax: RaceSyntax = {
    var diagnostics = Diagnostics()
    var syntax = Parser.race(of: text, tokens, &diagnostics)
    // The engine's own text is right, as a test holds.
    if !diagnostics.isEmpty {
      syntax.title = diagnostics.error(in: text).lines.joined(separator: "\n")
    }
    return syntax
  }()

  /// Structures whose members are not the kernel's own, but stand for them.
  static let abstractions: Set<String> = [
    "completion", "wait_queue_head", "seqcount", "work_struct", "timer_list", "rcu_head",
    "srcu_struct",
  ]

  /// A variable of the vocabulary's with the functions that use it, also by way of others.
  static func users(of variable: String) -> Set<String> { users[variable] ?? [variable] }

  private static let users: [String: Set<String>] = {
    var texts = syntax.functions.map { function in
      let spot = function.spot.to(function.body.spot)
      let own = tokens.filter { $0.spot.start >= spot.start && $0.spot.end <= spot.end }
      return (name: function.name, words: UnreachableNames.names(in: own))
    }
    for name in names where name.hasPrefix("wait_event") {
      texts.append((name, ["prepare_to_wait"]))
    }
    return Dictionary(
      uniqueKeysWithValues: syntax.globals.map { global in
        var users: Set = [global.name]
        var count = 0
        while count < users.count {
          count = users.count
          for (name, words) in texts where !words.isDisjoint(with: users) { users.insert(name) }
        }
        return (global.name, users)
      })
  }()

  private static let words = """
    READ_ONCE WRITE_ONCE ACCESS_ONCE ASSERT_EXCLUSIVE_WRITER ASSERT_EXCLUSIVE_ACCESS smp_load_acquire smp_store_release smp_store_mb
    rcu_dereference rcu_assign_pointer xchg cmpxchg try_cmpxchg smp_mb smp_rmb smp_wmb
    smp_mb__before_atomic smp_mb__after_atomic smp_mb__after_spinlock smp_mb__after_unlock_lock
    barrier cpu_relax cond_resched might_sleep BUG BUG_ON WARN_ON WARN_ON_ONCE VM_BUG_ON
    VM_BUG_ON_PAGE VM_BUG_ON_FOLIO VM_WARN_ON VM_WARN_ON_ONCE VM_WARN_ON_ONCE_PAGE
    lockdep_assert_held spin_lock spin_unlock spin_trylock spin_is_locked read_lock read_unlock
    read_trylock write_lock write_unlock write_trylock mutex_lock mutex_unlock mutex_trylock
    mutex_is_locked down_read up_read down_write up_write down_read_trylock down_write_trylock
    downgrade_write percpu_down_read percpu_up_read percpu_down_write percpu_up_write
    rcu_read_lock rcu_read_unlock rcu_read_lock_bh rcu_read_unlock_bh rcu_read_lock_sched
    rcu_read_unlock_sched synchronize_rcu local_irq_save local_irq_restore local_irq_disable
    local_irq_enable preempt_disable preempt_enable local_bh_disable local_bh_enable await
    await_or_rest await_asleep choose claim all any count likely unlikely min max BIT set_bit
    clear_bit change_bit test_bit test_and_set_bit test_and_clear_bit smp_processor_id
    this_cpu_read this_cpu_write this_cpu_inc this_cpu_dec this_cpu_add per_cpu per_cpu_ptr
    this_cpu_ptr kfree kvfree vfree kmem_cache_free kfree_rcu call_rcu container_of wait_event
    worker_thread run_timer_softirq rcu_core kref_put kref_put_mutex kref_put_lock
    wait_event_interruptible wait_event_killable wait_event_timeout
    """

  /// The names that are understood by themselves, for hints.
  static let names: Set<String> = {
    var names = Set(words.split { $0 == " " || $0 == "\n" }.map(String.init))
    for lock in ["spin_lock", "read_lock", "write_lock"] {
      for (taken, given) in [("_irq", "_irq"), ("_bh", "_bh"), ("_irqsave", "_irqrestore")] {
        names.insert(lock + taken)
        names.insert(lock.replacing("lock", with: "unlock") + given)
      }
    }
    for operation in [
      "read", "set", "inc", "dec", "add", "sub", "inc_return", "dec_return", "add_return",
      "sub_return",
      "fetch_add", "fetch_sub", "fetch_inc", "fetch_dec", "dec_and_test", "inc_and_test",
      "sub_and_test",
      "add_negative", "add_unless", "inc_not_zero", "xchg", "cmpxchg", "try_cmpxchg",
      "dec_if_positive", "and", "or", "xor", "andnot", "fetch_and", "fetch_or", "fetch_xor",
    ] {
      names.insert("atomic_\(operation)")
      names.insert("atomic_long_\(operation)")
    }
    for operation in [
      "read", "set", "inc", "dec", "inc_not_zero", "dec_and_test", "add", "sub_and_test",
    ] {
      names.insert("refcount_\(operation)")
    }
    return names
  }()

  /// Says what to write in place of a function that is not understood.
  static func refusal(of name: String) -> String? {
    func named(_ prefixes: [String]) -> Bool { prefixes.contains { name.hasPrefix($0) } }
    let advice: String
    if named(["srcu_", "call_srcu", "rcu_barrier_srcu", "start_poll_synchronize"]) {
      advice = "of SRCU there is srcu_read_lock(), srcu_read_unlock() and synchronize_srcu()"
    } else if named(["rcu_barrier"]) {
      advice = "wait for each callback that there is: 'await_asleep(!x.rcu.pending)'"
    } else if named(["call_rcu", "rcu_"]) {
      advice =
        "of RCU there is rcu_read_lock(), rcu_read_unlock(), synchronize_rcu(), call_rcu() and kfree_rcu()"
    } else if named([
      "kmalloc", "kzalloc", "kvmalloc", "kvzalloc", "kcalloc", "malloc", "alloc_page", "vmalloc",
      "vzalloc", "kmem_cache_alloc", "kmemdup", "krealloc",
    ]) {
      advice =
        "nothing is allocated: declare the object outside the functions; kfree() ends its life"
    } else if named([
      "request_irq", "request_threaded_irq", "free_irq", "disable_irq", "enable_irq",
      "synchronize_irq",
    ]) {
      advice =
        "a handler comes once, whenever it may: let it begin with 'atomic(\"it is done under desc->lock\") { "
        + "await_or_rest(irq_on); irq_runs = true; }' and end with 'irq_runs = false;', and write here 'irq_on = false; "
        + "await_asleep(!irq_runs);'"
    } else if named(["free", "kmem_cache_destroy", "free_percpu"]) {
      advice = "write 'kfree(object)' where memory goes away, and 'put_page(page)' for a page"
    } else if named(["list_", "hlist_", "llist_", "INIT_LIST", "rb_", "idr_"]) {
      advice = "lists are not understood: keep in a variable what is on the list"
    } else if named([
      "queue_delayed", "schedule_delayed", "mod_delayed", "queue_work_on", "schedule_work_on",
      "flush_workqueue", "drain_workqueue", "flush_delayed", "cancel_delayed", "alloc_workqueue",
      "destroy_workqueue", "kthread_queue",
    ]) {
      advice =
        "of work items there is queue_work(), flush_work(), cancel_work_sync() and worker_thread(); any time may "
        + "pass until one runs, so a delayed one is no other"
    } else if named(["timer_", "mod_timer", "hrtimer_", "del_singleshot"]) {
      advice =
        "of timers there is mod_timer(), timer_delete(), timer_delete_sync() and run_timer_softirq()"
    } else if named(["kthread_", "wake_up_process"]) {
      advice =
        "a thread is an actor: keep in a variable whether it is to stop, wake it by a wait queue, and wait for its end "
        + "with 'await_asleep(ended);'"
    } else if named(["wait_for_completion", "complete"]) {
      advice =
        "of completions there is complete(), complete_all(), wait_for_completion() and "
        + "try_wait_for_completion()"
    } else if named([
      "wait_event", "wake_up", "prepare_to_wait", "add_wait_queue", "remove_wait_queue",
      "schedule_timeout", "wait_on_bit", "swait_",
    ]) {
      advice =
        "of wait queues there is wait_event(), prepare_to_wait(), schedule(), finish_wait() and wake_up(), of which "
        + "none waits alone"
    } else if named(["read_seq", "write_seq", "raw_read_seq", "raw_write_seq", "raw_seq"]) {
      advice =
        "of seqcounts there is read_seqcount_begin(), read_seqcount_retry(), write_seqcount_begin() and "
        + "write_seqcount_end()"
    } else if named(["xas_", "xa_"]) {
      advice = "keep the slot in a variable: 'READ_ONCE(slot)' looks it up again"
    } else if named(["percpu_ref_"]) {
      advice = "write its count as a refcount_t, and that it is dying as a flag"
    } else if named(["pfn_to_page", "page_to_pfn", "virt_to_page", "pfn_valid"]) {
      advice = "pages have no numbers: write '&pages[i]'"
    } else if named(["memcpy", "memset", "memmove", "strcpy", "copy_to_user", "copy_from_user"]) {
      advice = "memory has no bytes: store the members that matter"
    } else if named(["printf", "fprintf", "puts"]) {
      advice =
        "nothing is printed: the trace shows every value; printk() and pr_info() are passed over"
    } else if named(["pthread_", "thrd_", "mtx_"]) {
      advice = "actors are the functions P0, P1 ..., and locks the kernel's"
    } else if named([
      "atomic_load", "atomic_store", "atomic_exchange", "atomic_compare_exchange",
      "atomic_fetch_add_explicit", "__atomic_", "__sync_",
    ]) {
      advice =
        "write the kernel's operation: READ_ONCE(), smp_store_release(), xchg(), atomic_fetch_add()"
    } else if named(["assert"]) {
      advice = "write 'BUG_ON(!condition)', or 'always(\"...\", condition)' outside functions"
    } else if named([
      "sleep", "usleep", "msleep", "udelay", "mdelay", "ndelay", "cond_resched", "yield", "ssleep",
    ]) {
      advice =
        "time is not understood: others may come in between at any step, also without '\(name)'"
    } else {
      return nil
    }
    return "'\(name)': \(advice)"
  }

  /// Functions that are passed over: they print or count, and nobody in the race looks.
  static func isPassedOver(_ name: String) -> Bool {
    [
      "printk", "pr_", "dev_info", "dev_warn", "dev_err", "dev_dbg", "trace_", "dump_", "kasan_",
      "kmsan_",
      "count_vm_event", "__count_vm_event", "lockdep_", "rcu_lock_", "debug_", "cant_sleep",
      "instrument_",
      "kcsan_", "INIT_", "timer_setup", "init_waitqueue_head", "seqcount_init", "seqlock_init",
      "init_srcu_struct", "cleanup_srcu_struct", "destroy_work_on_stack", "mutex_init",
      "spin_lock_init", "init_rwsem", "mutex_destroy", "prefetch",
    ].contains { name.hasPrefix($0) } || ["DEFINE_WAIT", "init_wait"].contains(name)
  }
}
