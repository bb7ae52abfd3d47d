import ModelChecking

/// The free pages that a CPU keeps for itself: `struct per_cpu_pages` (include/linux/mmzone.h).
public struct PerCPUPages: Sendable {
  public let cpu: CPU
  /// What `local_irq_save()` (to v5.13), the local lock (v5.14) or pcp->lock (since v6.0) protects:
  /// only one actor is inside at a time, and it can't be interrupted.
  public let section: Lock
  public let count: Field<Int>
  /// `lists[]`, of which a model has one: frees add at the head and allocations take from it, and
  /// what is flushed comes from the tail.
  public let list: Field<PageList>
  /// At or above this many pages, a free flushes; 0 disables the list.
  public let high: Field<Int>
  /// The pages moved at a time.
  public let batch: Field<Int>

  public static let usualHigh = 4
  public static let usualBatch = 2

  /// - Parameters:
  ///   - pages: how many pages the block has whose pages the list may hold: at most 7.
  ///   - numbers: the pages that are on the list at first, the head first.
  public init(
    on cpu: CPU, in system: SystemBuilder, pages: Int, initially numbers: [Int] = []
  ) {
    self.cpu = cpu
    let name = "pcp\(cpu.index)"
    section = system.lock(name, .irqSpinlock)
    count = system.field("\(name).count", .range(0...pages), initially: numbers.count)
    list = system.field("\(name).list", .lists(of: pages), initially: PageList(numbers))
    high = system.field("\(name).high", .range(0...Self.usualHigh), initially: Self.usualHigh)
    batch = system.field("\(name).batch", .range(1...Self.usualBatch), initially: Self.usualBatch)
  }
}

extension PerCPUPages {
  /// `list_add()` and the like of a page. Part of a section under pcp->lock.
  func add(_ page: Page, of block: PageBlock, atTail: Bool = false, _ s: inout SectionState) {
    let number = block.number(of: page)
    if atTail { s[list].addTail(number) } else { s[list].add(number) }
    s[page.freeList] = .pcp(cpu)
  }

  /// `free_pcppages_bulk()` of the page that has been on the list longest. Part of a section under
  /// pcp->lock and zone->lock.
  ///
  /// - Parameter type: the list of the buddy that it goes to; nil to read the block's migratetype, as
  ///   the kernel does.
  func freeLast(to block: PageBlock, as type: MigrateType? = nil, _ s: inout SectionState) {
    guard let number = s[list].removeLast(), number < block.pages.count else { return }
    block.addToBuddy(block.pages[number], type ?? s[block.migratetype], &s)
    s[count] -= 1
  }
}
