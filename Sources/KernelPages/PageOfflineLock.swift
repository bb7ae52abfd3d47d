import ModelChecking

/// `page_offline_rwsem` (mm/util.c, v5.14 and on), which holds off readers of page content while
/// pages are marked PageOffline.
///
/// It guards the setting of the mark only: a page is cleared of it when there is memory behind the
/// page again, so a reader that still sees the mark merely skips too much.
///
/// Who holds it waits for nothing, so nobody whom its queue holds up is held up for ever. It is the unfair
/// semaphore here, which has all schedules of the kernel's and fewer states.
public struct PageOfflineLock: Sendable {
  private let semaphore: ReadWriteSemaphore

  public init(in system: SystemBuilder) {
    semaphore = system.readWriteSemaphore("page_offline_rwsem", .unfair)
  }

  /// `page_offline_begin()`: a driver is about to mark pages.
  @StepsBuilder public func begin() -> Steps {
    Call("page_offline_begin") { semaphore.acquireWrite() }
  }

  /// `page_offline_end()`.
  @StepsBuilder public func end() -> Steps {
    Call("page_offline_end") { semaphore.releaseWrite() }
  }

  /// `page_offline_freeze()`: a reader is about to look at pages and at their content.
  @StepsBuilder public func freeze() -> Steps {
    Call("page_offline_freeze") { semaphore.acquireRead() }
  }

  /// `page_offline_thaw()`.
  @StepsBuilder public func thaw() -> Steps {
    Call("page_offline_thaw") { semaphore.releaseRead() }
  }
}

/// `read_kcore_iter()` (fs/proc/kcore.c, v5.14 to v6.12) over some pages, within one freeze. A
/// PageOffline page is not copied but given out as zeros.
@StepsBuilder public func readKcore(
  _ pages: [Page], _ lock: PageOfflineLock, _ content: PageContent
) -> Steps {
  lock.freeze()
  for page in pages {
    If(!pageOffline(page)) { content.touch(page, by: "copy_page_to_iter") }
  }
  lock.thaw()
}
