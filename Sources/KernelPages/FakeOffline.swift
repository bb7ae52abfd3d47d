import ModelChecking

/// `virtio_mem_set_fake_offline()` with `onlined` true (drivers/virtio/virtio_mem.c, v5.14 to
/// v6.12): marks pages that the driver took out of the allocator.
///
/// - Parameters:
///   - lock: what holds off readers of content; nil where the driver doesn't care.
///   - beforeEnd: what is done to the pages while readers are still held off.
@StepsBuilder public func setFakeOffline(
  _ pages: [Page], _ lock: PageOfflineLock?, beforeEnd: Steps = .none
) -> Steps {
  Call("virtio_mem_set_fake_offline") {
    if let lock { lock.begin() }
    for page in pages { setPageOffline(page) }
    beforeEnd
    if let lock { lock.end() }
  }
}

/// `virtio_mem_clear_fake_offline()` with `onlined` true (drivers/virtio/virtio_mem.c, v5.8 to
/// v6.12): no lock is needed to clear the mark.
@StepsBuilder public func clearFakeOffline(_ pages: [Page]) -> Steps {
  Call("virtio_mem_clear_fake_offline") {
    for page in pages { clearPageOffline(page) }
  }
}

/// What MEM_GOING_OFFLINE could do in place of `virtio_mem_fake_offline_going_offline()`: freeze the
/// count of an unplugged page, or refuse (NOTIFY_BAD) where somebody else holds a reference. No
/// kernel does so.
///
/// - Parameter isFrozen: a register that keeps whether it did. `Return(false)` where it didn't.
@StepsBuilder public func freezeOrRefuse(_ page: Page, _ isFrozen: Register<Bool>) -> Steps {
  If(!pageRefFreeze(page).also { my, succeeded in my[isFrozen] = succeeded }) { Return(false) }
}

/// The MEM_CANCEL_OFFLINE to `freezeOrRefuse`: takes back only what was let go.
@StepsBuilder public func unfreeze(_ page: Page, _ isFrozen: Register<Bool>) -> Steps {
  If(Condition(register: { my in my[isFrozen] })) {
    pageRefInc(page).also { my in my[isFrozen] = false }
  }
}
