import ModelChecking

/// The locks of a race, as the engine has them.
///
/// A spinlock that is always taken with interrupts or bottom halves off is one of that kind. One that is
/// taken in several ways turns off preemption, and what else is turned off is a step of its own.
struct EngineLocks {
  private var locks: [Int: Lock] = [:]
  private var semaphores: [Int: ReadWriteSemaphore] = [:]
  private var readWriteLocks: [Int: ReadWriteLock] = [:]
  /// By cell: whether what is turned off with it is a step of its own.
  private var isMixed: Set<Int> = []
  let memory: Memory

  init(_ race: CompiledRace, in system: SystemBuilder) {
    memory = race.world.memory
    let deeds = race.engineDeeds
    for (number, cell) in memory.cells.enumerated() {
      guard case .lock(let type) = cell.role else { continue }
      switch type {
      case .mutex: locks[number] = system.lock(cell.name, .mutex)
      case .spinlock:
        var contexts: Set<EngineDeed.LockContext> = []
        for case .lock(let deed, let address, let context) in deeds where deed != .assertHeld {
          if address.value == nil || address.value == Address.of(cell: number) {
            contexts.insert(context)
          }
        }
        if contexts.count > 1 { isMixed.insert(number) }
        let kind: Lock.Kind =
          switch contexts {
          case [.interrupts]: .irqSpinlock
          case [.bottomHalves]: .bhSpinlock
          default: .spinlock
          }
        locks[number] = system.lock(cell.name, kind)
      case .semaphore: semaphores[number] = system.readWriteSemaphore(cell.name)
      case .readWriteLock: readWriteLocks[number] = system.readWriteLock(cell.name)
      }
    }
  }

  /// A spinlock or mutex.
  func lock(_ cell: Int) -> Lock? { locks[cell] }

  /// The locks that an operation may be on.
  func cells(for deed: EngineDeed.LockDeed) -> [Int] {
    switch deed {
    case .acquire, .tryAcquire, .release: locks.keys.sorted()
    case .downgradeWrite: semaphores.keys.sorted()
    case .assertHeld, .assertHeldForReading, .assertHeldForWriting:
      (Array(locks.keys) + semaphores.keys + readWriteLocks.keys).sorted()
    default: (Array(semaphores.keys) + readWriteLocks.keys).sorted()
    }
  }

  /// The step of an operation that has no answer, with what comes before and after it.
  func step(
    _ deed: EngineDeed.LockDeed, _ cell: Int, _ context: EngineDeed.LockContext, at line: SourceLine
  ) -> (before: Step?, step: Step, after: Step?)? {
    let (file, number) = (line.file, line.line)
    if let lock = locks[cell] {
      let apart = apart(cell, context, at: line)
      switch deed {
      case .acquire: return (apart?.off, lock.acquire(file: file, line: number), nil)
      case .release: return (nil, lock.release(file: file, line: number), apart?.on)
      default: return (nil, lock.assertHeld(file: file, line: number), nil)
      }
    }
    if let semaphore = semaphores[cell] {
      let step: Step? =
        switch deed {
        case .acquireRead: semaphore.acquireRead(file: file, line: number)
        case .acquireWrite: semaphore.acquireWrite(file: file, line: number)
        case .releaseRead: semaphore.releaseRead(file: file, line: number)
        case .releaseWrite: semaphore.releaseWrite(file: file, line: number)
        case .downgradeWrite: semaphore.downgradeWrite(file: file, line: number)
        case .assertHeld: semaphore.assertHeld(file: file, line: number)
        case .assertHeldForReading: semaphore.assertHeldForReading(file: file, line: number)
        case .assertHeldForWriting: semaphore.assertHeldForWriting(file: file, line: number)
        default: nil
        }
      return step.map { (nil, $0, nil) }
    }
    guard let lock = readWriteLocks[cell] else { return nil }
    let off: ReadWriteLock.Context =
      switch context {
      case .none: .plain
      case .bottomHalves: .bottomHalvesOff
      case .interrupts: .interruptsOff
      }
    let step: Step? =
      switch deed {
      case .acquireRead: lock.acquireRead(off, file: file, line: number)
      case .acquireWrite: lock.acquireWrite(off, file: file, line: number)
      case .releaseRead: lock.releaseRead(off, file: file, line: number)
      case .releaseWrite: lock.releaseWrite(off, file: file, line: number)
      case .assertHeld: lock.assertHeld(file: file, line: number)
      case .assertHeldForReading: lock.assertHeldForReading(file: file, line: number)
      case .assertHeldForWriting: lock.assertHeldForWriting(file: file, line: number)
      default: nil
      }
    return step.map { (nil, $0, nil) }
  }

  /// What is turned off before a question about a lock and on again where the answer is no, where that is
  /// no part of the question.
  func apart(
    _ cell: Int, _ context: EngineDeed.LockContext, at line: SourceLine
  ) -> (off: Step, on: Step)? {
    if !isMixed.contains(cell) { return nil }
    let (file, number) = (line.file, line.line)
    switch context {
    case .none: return nil
    case .interrupts:
      return (localIrqSave(file: file, line: number), localIrqRestore(file: file, line: number))
    case .bottomHalves:
      return (localBHDisable(file: file, line: number), localBHEnable(file: file, line: number))
    }
  }

  /// The question of an operation that may fail.
  func question(_ deed: EngineDeed.LockDeed, _ cell: Int, at line: SourceLine) -> Condition? {
    let (file, number) = (line.file, line.line)
    if let lock = locks[cell] { return lock.tryAcquire(file: file, line: number) }
    if let semaphore = semaphores[cell] {
      return deed == .tryAcquireRead
        ? semaphore.tryAcquireRead(file: file, line: number)
        : semaphore.tryAcquireWrite(file: file, line: number)
    }
    guard let lock = readWriteLocks[cell] else { return nil }
    return deed == .tryAcquireRead
      ? lock.tryAcquireRead(file: file, line: number)
      : lock.tryAcquireWrite(file: file, line: number)
  }
}
