/// Locks of one kind that a register chooses among: `locks[index]`, as where a hash, a node or a page
/// table says which lock it is.
///
///     let locks = system.locks("lock", count: 2, .spinlock)
///     locks[index].acquire()
///     Step("count++", .atomic(count)) { count in count += 1 }
///     locks[index].release()
public struct LockArray: Sendable {
  /// The locks, by their index.
  public let locks: [Lock]

  init(locks: [Lock]) { self.locks = locks }

  /// The lock at a fixed index.
  public subscript(index: Int) -> Lock { locks[index] }

  /// The lock at the index that a register holds when the lock is used. An index outside the array is a
  /// fault.
  public subscript(index: Register<Int>) -> ChosenLock {
    ChosenLock(locks: locks, outside: Step("lock", .load(holders[index])).asSafetyNet) { number in
      Condition(register: { my in my[index] == number }, askedAt: nil)
    }
  }

  /// The lock of what a register refers to. Nothing referred to is a fault.
  public subscript<Reference: FieldReference>(reference: Register<Reference?>) -> ChosenLock {
    ChosenLock(locks: locks, outside: Step("lock", .load(holders[reference])).asSafetyNet) {
      number in
      Condition(register: { my in my[reference]?.index == number }, askedAt: nil)
    }
  }

  private var holders: FieldArray<Int> { FieldArray(locks.map(\.holder)) }
}

/// The one of some locks that a register says.
///
/// The program asks the register, which takes no step, and goes on with that lock: what is a pointer to
/// a lock in the kernel is a way of the program here.
public struct ChosenLock {
  let locks: [Lock]
  /// A step that raises the fault of a register that chooses no lock.
  let outside: Step
  /// Asks whether the register chooses the lock with a number.
  let chooses: (Int) -> Condition

  /// Steps with the lock that the register chooses before them, and whatever becomes of the register
  /// within them: `spinlock_t *lock = &locks[i]`.
  ///
  ///     locks[index].with { lock in
  ///       lock.acquire()
  ///       Step("count++", .section([count], holding: lock)) { s in s[count] += 1 }
  ///       lock.release()
  ///     }
  ///
  /// The steps are in the program once for each lock, so labels belong into a `Call` of their own.
  @StepsBuilder public func with(@StepsBuilder _ body: (Lock) -> Steps) -> Steps {
    locks.indices.reversed().reduce(outside.steps) { others, number in
      If(chooses(number)) {
        body(locks[number])
      } otherwise: {
        others
      }.steps
    }
  }

  /// Takes the lock, waiting until it is free.
  public func acquire(file: String = #filePath, line: Int = #line) -> Steps {
    with { lock in lock.acquire(file: file, line: line) }
  }

  /// Takes the lock if it is free and answers whether it was.
  public func tryAcquire(file: String = #filePath, line: Int = #line) -> Condition {
    Condition(call: "trylock") {
      with { lock in
        If(lock.tryAcquire(file: file, line: line)) { Return(true) }
        Return(false)
      }
      Return(false)
    }
  }

  /// Gives the lock back.
  public func release(file: String = #filePath, line: Int = #line) -> Steps {
    with { lock in lock.release(file: file, line: line) }
  }

  /// `lockdep_assert_held()`: it is a bug not to hold the lock here.
  public func assertHeld(file: String = #filePath, line: Int = #line) -> Steps {
    with { lock in lock.assertHeld(file: file, line: line) }
  }
}
