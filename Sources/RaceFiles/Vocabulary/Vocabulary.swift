import ModelChecking

/// What race files know without declaring it.
///
/// Pages and the functions on them are written as a race file themselves, `kernel.race`; what can't be said
/// in C is in `Lowering+BuiltIns.swift` and `Lowering+Atomics.swift`.
enum Vocabulary {
  static let text = SourceText(path: "kernel.race", bytes: PackageResources.kernel_race)

  static let syntax: RaceSyntax = {
    var diagnostics = Diagnostics()
    let tokens = Lexer.tokens(of: text, &diagnostics)
    var syntax = Parser.race(of: text, tokens, &diagnostics)
    // The engine's own text is right, as a test holds.
    if !diagnostics.isEmpty {
      syntax.title = diagnostics.error(in: text).lines.joined(separator: "\n")
    }
    return syntax
  }()

  /// The names that are understood by themselves, for hints.
  static let names: Set<String> = {
    var names: Set<String> = [
      "READ_ONCE", "WRITE_ONCE", "ACCESS_ONCE", "smp_load_acquire", "smp_store_release",
      "smp_store_mb",
      "rcu_dereference", "rcu_assign_pointer", "xchg", "cmpxchg", "try_cmpxchg", "smp_mb",
      "smp_rmb",
      "smp_wmb", "barrier", "cpu_relax", "BUG_ON", "WARN_ON", "WARN_ON_ONCE", "VM_BUG_ON",
      "VM_BUG_ON_PAGE",
      "VM_WARN_ON_ONCE", "lockdep_assert_held", "spin_lock", "spin_unlock", "spin_trylock",
      "spin_lock_irqsave",
      "spin_unlock_irqrestore", "spin_lock_bh", "spin_unlock_bh", "spin_lock_irq",
      "spin_unlock_irq",
      "spin_is_locked", "mutex_lock", "mutex_unlock", "mutex_trylock", "down_read", "up_read",
      "down_write",
      "up_write", "down_read_trylock", "down_write_trylock", "downgrade_write", "read_lock",
      "read_unlock",
      "write_lock", "write_unlock", "rcu_read_lock", "rcu_read_unlock", "synchronize_rcu",
      "local_irq_save",
      "local_irq_restore", "local_irq_disable", "local_irq_enable", "preempt_disable",
      "preempt_enable",
      "local_bh_disable", "local_bh_enable", "await", "await_or_rest", "choose", "claim", "all",
      "any",
      "count", "likely", "unlikely", "set_bit", "clear_bit", "test_bit", "test_and_set_bit",
      "test_and_clear_bit", "smp_processor_id", "this_cpu_read", "this_cpu_write", "this_cpu_inc",
      "this_cpu_dec", "per_cpu", "per_cpu_ptr", "this_cpu_ptr", "wait_event", "might_sleep",
    ]
    for operation in [
      "read", "set", "inc", "dec", "add", "sub", "inc_return", "dec_return", "add_return",
      "sub_return",
      "fetch_add", "fetch_sub", "fetch_inc", "fetch_dec", "dec_and_test", "inc_and_test",
      "sub_and_test",
      "add_negative", "add_unless", "inc_not_zero", "xchg", "cmpxchg", "try_cmpxchg",
      "dec_if_positive",
    ] {
      names.insert("atomic_\(operation)")
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
    if named(["srcu_", "synchronize_srcu", "call_srcu", "init_srcu", "cleanup_srcu"]) {
      advice = "SRCU is not understood"
    } else if named(["call_rcu", "kfree_rcu", "rcu_barrier"]) {
      advice =
        "callbacks of RCU are not understood: write what runs after the grace period as an actor that calls "
        + "synchronize_rcu()"
    } else if named([
      "kmalloc", "kzalloc", "kvmalloc", "kcalloc", "malloc", "alloc_page", "vmalloc",
      "kmem_cache_alloc",
    ]) {
      advice =
        "there is no heap: declare the object outside the functions, with a flag that it is in use"
    } else if named(["kfree", "kvfree", "vfree", "free", "kmem_cache_free"]) {
      advice = "there is no heap: set a flag of the object, and say 'always' of it"
    } else if named(["list_", "hlist_", "llist_", "INIT_LIST"]) {
      advice = "lists are not understood: keep in a variable what is on the list"
    } else if named([
      "queue_work", "schedule_work", "flush_work", "cancel_work", "queue_delayed",
      "schedule_delayed",
    ]) {
      advice =
        "work items are not understood: write the work as an actor that waits by 'await(pending)'"
    } else if named(["mod_timer", "del_timer", "timer_", "add_timer"]) {
      advice =
        "timers are not understood: write the handler as '__softirq' and 'await_or_rest(pending)'"
    } else if named(["wait_for_completion", "complete", "init_completion", "reinit_completion"]) {
      advice = "completions are not understood: set a flag, and wait by 'await(flag)'"
    } else if named(["wake_up", "prepare_to_wait", "finish_wait", "schedule"]) {
      advice = "wait queues are not understood: wait by 'await(condition)', which needs no wakeup"
    } else if named(["read_seq", "write_seq", "raw_read_seq", "raw_write_seq", "seqcount"]) {
      advice =
        "seqcounts are not understood: write their counter out, with READ_ONCE() and smp_rmb()"
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
    } else if named(["container_of", "list_entry"]) {
      advice = "keep a pointer to the whole in place of '\(name)'"
    } else if named(["assert"]) {
      advice = "write 'BUG_ON(!condition)', or 'always(\"...\", condition)' outside functions"
    } else if named([
      "sleep", "usleep", "msleep", "udelay", "mdelay", "ndelay", "cond_resched", "yield",
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
      "kcsan_", "INIT_", "mutex_init", "spin_lock_init", "init_rwsem", "mutex_destroy", "prefetch",
    ].contains { name.hasPrefix($0) }
  }
}
