// Locks that a scope holds: include/linux/cleanup.h, and DEFINE_GUARD() and DEFINE_LOCK_GUARD_1() in mutex.h,
// spinlock.h, rwsem.h, rcupdate.h, irqflags.h (v6.5 to v6.12).

/// A lock that is held from where a scope takes it until the scope is left, on whatever way.
struct HeldGuard {
  /// The node behind which it is held, which tells it from others.
  let node: Int
  /// The call that gives it back.
  let release: Expression
  /// Between which statements of its scope it stands: how many scopes its function is in there.
  let depth: Int
}

extension Lowering {
  /// By class of a guard: the functions that take its lock and give it back, and whether these keep flags.
  private static let guardClasses: [String: (take: String, release: String, keepsFlags: Bool)] = {
    var classes = [
      "mutex": ("mutex_lock", "mutex_unlock", false),
      "rwsem_read": ("down_read", "up_read", false),
      "rwsem_write": ("down_write", "up_write", false),
      "percpu_read": ("percpu_down_read", "percpu_up_read", false),
      "percpu_write": ("percpu_down_write", "percpu_up_write", false),
      "mmap_read_lock": ("mmap_read_lock", "mmap_read_unlock", false),
      "mmap_write_lock": ("mmap_write_lock", "mmap_write_unlock", false),
      "rcu": ("rcu_read_lock", "rcu_read_unlock", false),
      "preempt": ("preempt_disable", "preempt_enable", false),
      "irq": ("local_irq_disable", "local_irq_enable", false),
      "irqsave": ("local_irq_save", "local_irq_restore", true),
      "cpus_read_lock": ("cpus_read_lock", "cpus_read_unlock", false),
    ]
    let locks = [
      ("spinlock", "spin"), ("raw_spinlock", "spin"), ("read_lock", "read"),
      ("write_lock", "write"),
    ]
    for (name, lock) in locks {
      classes[name] = ("\(lock)_lock", "\(lock)_unlock", false)
      classes["\(name)_bh"] = ("\(lock)_lock_bh", "\(lock)_unlock_bh", false)
      classes["\(name)_irq"] = ("\(lock)_lock_irq", "\(lock)_unlock_irq", false)
      classes["\(name)_irqsave"] = ("\(lock)_lock_irqsave", "\(lock)_unlock_irqrestore", true)
    }
    return classes
  }()

  /// Takes a guard's lock, which the innermost scope gives back.
  mutating func lower(_ held: GuardSyntax) {
    let spot = held.spot
    guard let (take, release, keepsFlags) = Self.guardClasses[held.name] else {
      return report(
        "the guard '\(held.name)' is not known"
          + hint(held.name, Self.guardClasses.keys.sorted())
          + "; write the lock's own functions, and give it back on each way out", at: spot)
    }
    // The lock is worked out once: what the argument names may be another when it is given back.
    var arguments = held.arguments.map { argument in
      let lock = value(of: argument)
      return kept(lock.term, lock.type, at: argument.spot)
    }
    if keepsFlags { arguments.append(kept(.zero, .sized(64, isSigned: false), at: spot)) }
    func call(_ name: String) -> Expression {
      Expression(kind: .call(name, arguments), spot: spot)
    }
    lowerForEffect(call(take))
    let last = frames.count - 1
    frames[last].guards.append(
      HeldGuard(node: here, release: call(release), depth: frames[last].scopes.count))
  }

  /// A local variable without a name of the author's, as an expression.
  private mutating func kept(_ term: Term, _ type: CType, at spot: Spot) -> Expression {
    let name = "guard \(flow.variables.count)"
    let variable = newVariable(name, type, at: spot)
    declare(name, variable, at: spot)
    assign(variable, term)
    return Expression(kind: .name(name), spot: spot)
  }

  /// Gives back what was taken since there were so many guards, the last first. They stay noted: other ways lead
  /// on from where they are held.
  mutating func releaseGuards(downTo count: Int) {
    for held in frames[frames.count - 1].guards.dropFirst(count).reversed() {
      lowerForEffect(held.release)
    }
  }

  /// Leads each `goto` of the innermost function to its label, and gives back what the scopes hold that it leaves.
  mutating func settleGotos() {
    let last = frames.count - 1
    let (end, scopes, guards) = (here, frames[last].scopes, frames[last].guards)
    for leap in frames[last].gotos {
      guard let label = frames[last].labels[leap.label], let kept = label.guards else { continue }
      here = leap.node
      if leap.guards.prefix(kept.count).map(\.node) != kept.map(\.node) {
        report(
          "this 'goto' comes to where a guard holds a lock that is not taken on the way: take it by the lock's own "
            + "functions, or let the label stand outside", at: leap.spot)
      } else {
        (frames[last].scopes, frames[last].guards) = (leap.scopes, leap.guards)
        releaseGuards(downTo: kept.count)
      }
      flow.nodes[here] = .jump(label.node)
    }
    (here, frames[last].scopes, frames[last].guards) = (end, scopes, guards)
  }

  /// The end of the innermost scope.
  mutating func endGuardsOfScope() {
    let last = frames.count - 1
    let depth = frames[last].scopes.count
    let outer = frames[last].guards.prefix { $0.depth < depth }.count
    if outer == frames[last].guards.count { return }
    settleClaims()
    releaseGuards(downTo: outer)
    frames[last].guards.removeSubrange(outer...)
  }
}
