/// The kernel's locks.
extension SystemBuilder {
  /// Locks of one kind, called `name[0]`, `name[1]` ..., among which a register can choose.
  public func locks(_ name: String, count: Int, _ kind: Lock.Kind) -> LockArray {
    if count < 0 { problems.append("there are \(count) locks '\(name)'") }
    return LockArray(locks: (0..<max(0, count)).map { lock("\(name)[\($0)]", kind) })
  }

  /// A lock, free at first.
  public func lock(_ name: String, _ kind: Lock.Kind) -> Lock {
    let takers = takers(ofNext: 0)
    let places =
      isWaitedUnder(0)
      ? waitingPlaces.map {
        WaitingPlaces($0.places(under: declarations.count), counters: counters)
      } : nil
    return Lock(
      name: name, kind: kind, holder: holder("\(name).holder"), takers: takers,
      waitingPlaces: places)
  }

  /// A reader-writer semaphore, free at first. A fair one has a queue of at most 12 users.
  public func readWriteSemaphore(
    _ name: String, _ kind: ReadWriteSemaphore.Kind = .fair
  ) -> ReadWriteSemaphore {
    // One of the users is not in the queue: it has the semaphore.
    ReadWriteSemaphore(
      kind: kind, fields: readWriteFields(name, hasQueue: kind == .fair, placesLess: 1))
  }

  /// A reader-writer spinlock, free at first. It has a queue of at most 12 users.
  public func readWriteLock(_ name: String) -> ReadWriteLock {
    let fields = readWriteFields(name, hasQueue: true, placesLess: 0)
    onlySequential(fields.writer, because: "lets in who waits in its queue when it is given back")
    return ReadWriteLock(fields: fields)
  }

  private func readWriteFields(
    _ name: String, hasQueue: Bool, placesLess: Int
  ) -> ReadWriteFields {
    let (reading, writing) = (takers(ofNext: 0), takers(ofNext: 1))
    let users = reading.union(writing)
    let isWaitedUnder = isWaitedUnder(0) || isWaitedUnder(1)
    // Nobody can tell in what order they wait where all of them read or all of them write.
    let isTold = hasQueue && !reading.isEmpty && !writing.isEmpty && users.count > 1
    let form = LockQueue.Form(users: users, places: isTold ? users.count - placesLess : 0)
    if form.codeCount == nil {
      problems.append(
        "'\(name)' has \(users.count) users, too many for its queue"
          + (placesLess > 0 ? "; without one it is .unfair" : ""))
    }
    let names = actorNames ?? []
    @Sendable func list(_ actors: [String], _ separator: String) -> String {
      actors.isEmpty ? "none" : actors.joined(separator: separator)
    }
    let readers = declare(
      "\(name).readers", .range(0...((1 << reading.count) - 1)), [0], .shared
    ) { code in
      list(reading.members.filter { code & reading.bit(of: $0) != 0 }.map { names[$0] }, "+")
    }
    let writer = holder("\(name).writer")
    let queue = declare(
      "\(name).queue", .range(0...((form.codeCount ?? 1) - 1)), [0], .shared
    ) { code in
      list(
        LockQueue(form, code: code).waiters.map {
          "\(names[$0.actor]) to \($0.writes ? "write" : "read")"
        }, ", ")
    }
    return ReadWriteFields(
      name: name, writer: writer, readers: readers, queue: queue, form: form,
      readingActors: reading, writingActors: writing, isWaitedUnder: isWaitedUnder)
  }

  /// Who takes the lock of a field that is declared next, or some fields later.
  private func takers(ofNext distance: Int) -> LockUsers {
    holders?[Int32(declarations.count + distance)] ?? LockUsers()
  }

  /// Whether somebody waits with the lock held whose field is declared next, or some fields later.
  private func isWaitedUnder(_ distance: Int) -> Bool {
    waitsUnderLocks?.contains(declarations.count + distance) ?? false
  }

  /// 0, or the number of an actor plus 1; shown as its name.
  private func holder(_ name: String) -> Field<Int> {
    let names = actorNames ?? []
    let isHeld = holders == nil || !takers(ofNext: 0).isEmpty
    // Where there are store buffers: one more, for a lock that is given back, which others don't see yet.
    let most =
      memoryModel != .tso ? (isHeld ? max(1, names.count) : 0) : max(1, names.count) + 1
    return declare(name, .range(0...most), [0], .shared) { code in
      names.indices.contains(code - 1)
        ? names[code - 1] : code > names.count ? "nobody, which is not visible yet" : "none"
    }
  }
}
