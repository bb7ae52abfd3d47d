/// A type, as far as a race has to do with it.
indirect enum CType: Hashable, Sendable {
  case void
  /// `int`.
  case integer
  /// Any other: `unsigned`, `u8`, `long`. One without a sign wraps, as do those of less than 32 bits. One of
  /// 64 bits without a sign is kept as the number with a sign that has the same bits.
  case sized(Int, isSigned: Bool)
  case boolean
  /// `atomic_t`, `refcount_t`: an integer that only atomic operations touch.
  case atomic
  case enumeration(String)
  case pointer(CType)
  case structure(String)
  case array(CType, Int)
  case lock(LockType)
  /// Of what could not be understood, which is told of already.
  case unknown

  /// The kernel's locks.
  enum LockType: String, Hashable, Sendable {
    case spinlock, mutex, semaphore, readWriteLock

    var name: String {
      switch self {
      case .spinlock: "spinlock_t"
      case .mutex: "struct mutex"
      case .semaphore: "struct rw_semaphore"
      case .readWriteLock: "rwlock_t"
      }
    }
  }

  var isScalar: Bool {
    switch self {
    case .integer, .sized, .boolean, .atomic, .enumeration, .pointer: true
    case .void, .structure, .array, .lock, .unknown: false
    }
  }

  var pointee: CType? { if case .pointer(let inner) = self { inner } else { nil } }

  /// As C writes it.
  var name: String {
    switch self {
    case .void: "void"
    case .integer: "int"
    case .sized(let bits, let isSigned): "\(isSigned ? "s" : "u")\(bits)"
    case .boolean: "bool"
    case .atomic: "atomic_t"
    case .enumeration(let name): "enum \(name)"
    case .pointer(let inner): inner.name + (inner.pointee == nil ? " *" : "*")
    case .structure(let name): "struct \(name)"
    case .array(let element, let count): "\(element.name)[\(count)]"
    case .lock(let lock): lock.name
    case .unknown: "something"
    }
  }
}

/// Addresses as numbers that no other value has.
enum Address {
  static let base = 1 << 32
  /// From here on: the addresses of local variables, which only exist while a program is composed.
  static let localBase = 1 << 40

  static func of(cell: Int) -> Int { base + 1 + cell }

  static func cell(_ address: Int) -> Int? {
    address > base && address < localBase ? address - base - 1 : nil
  }

  static func of(variable: Int) -> Int { localBase + variable }

  static func variable(_ address: Int) -> Int? { address >= localBase ? address - localBase : nil }
}
