import ModelChecking

/// The free pages that a CPU keeps for itself: `struct per_cpu_pages` (include/linux/mmzone.h).
public struct PerCPUPages: Sendable {
  public let cpu: CPU
  /// What `local_irq_save()` (to v5.13), the local lock (v5.14) or pcp->lock (since v6.0) protects:
  /// only one actor is inside at a time, and it can't be interrupted.
  public let section: Lock
  public let count: Field<Int>
  /// What other CPUs see of `count`. It lags behind where a model has store buffers.
  public let visibleCount: Field<Int>
  /// At or above this many pages, a free flushes; 0 disables the list.
  public let high: Field<Int>
  /// The pages moved at a time.
  public let batch: Field<Int>

  public static let usualHigh = 4
  public static let usualBatch = 2

  /// - Parameters:
  ///   - pages: the most pages that can be on the list.
  ///   - hasStoreBuffer: whether other CPUs may see an older `count`.
  public init(
    on cpu: CPU, in system: SystemBuilder, pages: Int, hasStoreBuffer: Bool = false
  ) {
    self.cpu = cpu
    let name = "pcp\(cpu.index)"
    section = system.lock(name, .irqSpinlock)
    count = system.field("\(name).count", .range(0...pages), initially: 0)
    visibleCount =
      hasStoreBuffer
      ? system.field("\(name).visible_count", .range(0...pages), initially: 0) : count
    high = system.field("\(name).high", .range(0...Self.usualHigh), initially: Self.usualHigh)
    batch = system.field("\(name).batch", .range(1...Self.usualBatch), initially: Self.usualBatch)
  }
}

extension PerCPUPages {
  /// What a section uses that changes the number of pages on the list.
  var countFields: [any SharedField] { [count, visibleCount] }
}
