import ModelChecking

/// Hyper-V's hot-add state for one memory block: drivers/hv/hv_balloon.c, v5.4 to v6.12.
public struct HyperVBalloon: Sendable {
  /// The choices within the driver.
  public struct Choices: Hashable, Sendable {
    /// `hv_page_online_one()` leaves pages alone that are not PageOffline (v6.11). Before, whatever
    /// is backed is onlined.
    public var onlinesOfflineOnly = true
    /// `ha_lock` around both onliners.
    public var locks = true
    /// `handle_pg_range()` onlines only what is in an online section.
    public var testsSection = true
    /// `hv_mem_hot_add()` waits until the block is online, and no 5 seconds only.
    public var waitsForOnline = false

    public init() {}
  }

  public let memory: HotAddedMemory
  public let lock: Lock
  /// Ghost: whether it was the callback that came last to `hv_page_online_one()`; nil where the model
  /// doesn't ask.
  public let isCalledBack: Ghost<Bool>?
  private let choices: Choices
  /// Which pages lie below `covered_end_pfn`, which `ha_lock` protects.
  private let isCovered: [Field<Bool>]

  /// - Parameters:
  ///   - covered: the first pages, which the host has backed already.
  ///   - tracksCallback: whether the model asks what the callback onlines.
  public init(
    _ memory: HotAddedMemory, in system: SystemBuilder, covered: Int, tracksCallback: Bool = false,
    _ choices: Choices
  ) {
    self.memory = memory
    self.choices = choices
    lock = system.lock("ha_lock", .irqSpinlock)
    isCalledBack =
      tracksCallback ? system.ghost("hv_online_page.last", .flag, initially: false) : nil
    isCovered = memory.pages.indices.map {
      system.field("covered[\($0)]", .flag, initially: $0 < covered)
    }
  }

  /// `hv_online_page()`, the callback.
  @StepsBuilder public func onlinePage(_ page: Page) -> Steps {
    Call("hv_online_page") {
      if choices.locks { lock.acquire() }
      pageOnlineOne(page, calledBack: true)
      if choices.locks { lock.release() }
    }
  }

  /// `handle_pg_range()`: the host backs a page of a region that was hot-added before.
  @StepsBuilder public func handlePgRange(_ page: Page) -> Steps {
    let field = field(of: page)
    Call("handle_pg_range") {
      if choices.waitsForOnline {
        Step("wait_for_completion(ol_waitevent)", .wait(memory.isOnline)) { $0 }.mayRest()
      }
      if choices.locks { lock.acquire() }
      Step("covered_end_pfn += pgs_ol", .store(field)) { true }
        .noting { s in s[page.isBacked] = true }
      if choices.testsSection {
        If(Condition("online_section_nr", .load(memory.isOnline)) { $0 }) {
          pageOnlineOne(page)
        }
      } else {
        pageOnlineOne(page)
      }
      if choices.locks { lock.release() }
    }
  }

  /// `hv_page_online_one()`.
  @StepsBuilder private func pageOnlineOne(_ page: Page, calledBack: Bool = false) -> Steps {
    let isBacked = Condition("has_pfn_is_backed", .load(field(of: page))) { $0 }
      .noting { [isCalledBack] s, _ in if let isCalledBack { s[isCalledBack] = calledBack } }
    Call("hv_page_online_one") {
      If(!isBacked) {
        If(!pageOffline(page)) { setPageOffline(page) }
        Return()
      }
      if choices.onlinesOfflineOnly {
        If(!pageOffline(page)) { Return() }
      } else {
        If(pageOffline(page)) { clearPageOffline(page) }
      }
      genericOnlinePage(page, memory)
      if choices.locks { lock.assertHeld() }
    }
  }

  private func field(of page: Page) -> Field<Bool> {
    let number = memory.pages.firstIndex { $0.name == page.name }
    return isCovered[number ?? 0]
  }
}
