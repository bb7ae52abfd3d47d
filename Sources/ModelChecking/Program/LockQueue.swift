/// Who waits for a lock, in the order in which they came, as a field keeps it.
///
/// It is a number with a digit for each waiter, the first one lowest: 1 and twice the waiter's place
/// among the users of the lock, and 1 more for one who wants to write.
struct LockQueue: Sendable {
  struct Form: Sendable, Equatable {
    /// Those who use the lock.
    let users: LockUsers
    /// The most that wait at a time.
    let places: Int

    var base: Int { 2 * users.count + 1 }

    /// The number of values; nil where a field can't have so many.
    var codeCount: Int? {
      (0..<places).reduce(1) { count, _ in
        count.flatMap { $0 > (1 << 61) / base ? nil : $0 * base }
      }
    }

    func digit(of actor: Int, writes: Bool) -> Int {
      1 + 2 * users.position(of: actor) + (writes ? 1 : 0)
    }
  }

  let form: Form
  private(set) var code: Int

  init(_ form: Form, code: Int) {
    self.form = form
    self.code = code
  }

  var isEmpty: Bool { code == 0 }
  var firstWrites: Bool { code != 0 && code % form.base & 1 == 0 }
  var firstReads: Bool { code % form.base & 1 == 1 }

  func isFirst(_ actor: Int, writes: Bool) -> Bool {
    code % form.base == form.digit(of: actor, writes: writes)
  }

  func contains(_ actor: Int) -> Bool {
    var rest = code
    while rest != 0 {
      if (rest % form.base - 1) / 2 == form.users.position(of: actor) { return true }
      rest /= form.base
    }
    return false
  }

  mutating func append(_ actor: Int, writes: Bool) {
    var scale = 1
    while code / scale != 0 { scale *= form.base }
    code += form.digit(of: actor, writes: writes) * scale
  }

  mutating func removeFirst() { code /= form.base }

  /// Takes readers out of the queue and tells whom.
  ///
  /// - Parameter all: those behind writers as well; otherwise those in front of the first writer.
  mutating func removeReaders(all: Bool) -> LockUsers {
    var readers = LockUsers()
    var (rest, left, scale) = (code, 0, 1)
    var isBehindWriter = false
    while rest != 0 {
      let digit = rest % form.base
      rest /= form.base
      if digit & 1 == 1 && (all || !isBehindWriter) {
        readers.insert(form.users.member(at: (digit - 1) / 2))
      } else {
        isBehindWriter = isBehindWriter || digit & 1 == 0
        left += digit * scale
        scale *= form.base
      }
    }
    code = left
    return readers
  }

  /// The waiters, first ones first.
  var waiters: [(actor: Int, writes: Bool)] {
    var waiters: [(Int, Bool)] = []
    var rest = code
    while rest != 0 {
      let digit = rest % form.base
      waiters.append((form.users.member(at: (digit - 1) / 2), digit & 1 == 0))
      rest /= form.base
    }
    return waiters
  }
}
