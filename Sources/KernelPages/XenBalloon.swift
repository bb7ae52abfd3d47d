import ModelChecking

/// Xen's balloon, with one hot-added memory block: drivers/xen/balloon.c, v5.4 to v6.12.
public struct XenBalloon: Sendable {
  public let memory: HotAddedMemory
  /// `balloon_mutex`, around everything the balloon does.
  public let mutex: Lock
  /// Which pages are on `ballooned_pages`.
  private let isBallooned: [Field<Bool>]

  public init(_ memory: HotAddedMemory, in system: SystemBuilder) {
    self.memory = memory
    mutex = system.lock("balloon_mutex", .mutex)
    isBallooned = memory.pages.indices.map {
      system.field("ballooned[\($0)]", .flag, initially: false)
    }
  }

  /// `xen_online_page()`, the callback: no page is onlined, all go into the balloon.
  @StepsBuilder public func onlinePage(_ page: Page) -> Steps {
    Call("xen_online_page") {
      mutex.acquire()
      append(page)
      mutex.release()
    }
  }

  /// `increase_reservation()` for one page, if it is in the balloon.
  @StepsBuilder public func increaseReservation(_ page: Page) -> Steps {
    let field = field(of: page)
    Call("increase_reservation") {
      mutex.acquire()
      If(Condition("on ballooned_pages", .section([field], holding: mutex)) { s in s[field] }) {
        backing(of: page, "XENMEM_populate_physmap", true)
        Call("balloon_retrieve") {
          Step("list_del(&page->lru)", .section([field], holding: mutex)) { s in s[field] = false }
          clearPageOffline(page)
        }
        freeReservedPage(page)
      }
      mutex.release()
    }
  }

  /// `decrease_reservation()` for one page, if the allocator has it free.
  @StepsBuilder public func decreaseReservation(_ page: Page) -> Steps {
    Call("decrease_reservation") {
      mutex.acquire()
      Choose {
        Way {
          allocFromBuddy(page, in: memory.block, checksNewPage: false) {
            memory.adjustManaged(by: -1).noting { s in s[page.owner] = .driver }
            append(page)
            backing(of: page, "XENMEM_decrease_reservation", false)
          }
        }
        Way { Step("alloc_page fails") }
      }
      mutex.release()
    }
  }

  /// `free_reserved_page()` (include/linux/mm.h, v5.4 to v6.12).
  @StepsBuilder private func freeReservedPage(_ page: Page) -> Steps {
    Call("free_reserved_page") {
      memory.onlining(page, by: clearPageReserved(page))
      setPageCount(page, 1)
      If(pageRefDecAndTest(page)) { freePage(page, memory.path) }
      memory.adjustManaged(by: 1)
    }
  }

  /// `balloon_append()`. Before v6.11 a page is never PageOffline here, after it may be.
  @StepsBuilder private func append(_ page: Page) -> Steps {
    let field = field(of: page)
    Call("balloon_append") {
      If(!pageOffline(page)) { setPageOffline(page) }
      Step("list_add(&page->lru)", .section([field], holding: mutex)) { s in s[field] = true }
    }
  }

  private func backing(of page: Page, _ name: String, _ isBacked: Bool) -> Step {
    Step(name).noting { s in s[page.isBacked] = isBacked }
  }

  private func field(of page: Page) -> Field<Bool> {
    let number = memory.pages.firstIndex { $0.name == page.name }
    return isBallooned[number ?? 0]
  }
}
