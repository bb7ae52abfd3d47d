import ModelChecking

/// The migratetype of a pageblock: `enum migratetype` (include/linux/mmzone.h, v6.12), as far as
/// the models tell them apart.
public enum MigrateType: UInt8, FieldEnumeration { case movable, isolate, unmovable }

/// The free list that a page is on, which may disagree with the page's type and its block's
/// migratetype: several races are just that.
public struct FreeList: FieldValue {
  public let code: Int
  public init(code: Int) { self.code = code }

  /// On no free list.
  public static let none = FreeList(code: 0)

  /// The buddy's list for a migratetype: `zone->free_area[].free_list[]`.
  public static func buddy(_ type: MigrateType) -> FreeList {
    FreeList(code: 1 + Int(type.rawValue))
  }

  /// `zone->trylock_free_pages` (since v6.15): freed, but its free could not wait for a lock. Nobody
  /// allocates from it.
  public static let trylock = FreeList(code: -1)

  /// The per-CPU list of a CPU: `struct per_cpu_pages`.
  public static func pcp(_ cpu: CPU) -> FreeList { FreeList(code: 4 + cpu.index) }

  /// Whether it is one of the buddy's lists.
  public var isBuddy: Bool { (1...3).contains(code) }
  /// Whether it is some CPU's list.
  public var isPCP: Bool { code >= 4 }

  public var label: String {
    switch code {
    case -1: "trylock_free_pages"
    case 0: "none"
    case 1...3: "buddy(\(MigrateType(code: code - 1).label))"
    default: "pcp(\(code - 4))"
    }
  }
}

extension FieldDomain where Value == FreeList {
  /// The buddy's lists and the per-CPU lists of the first `cpus` CPUs.
  ///
  /// - Parameter trylock: whether `zone->trylock_free_pages` is one of them.
  public static func freeLists(cpus: Int, trylock: Bool = false) -> Self {
    .codes((trylock ? -1 : 0)...(3 + cpus))
  }
}
