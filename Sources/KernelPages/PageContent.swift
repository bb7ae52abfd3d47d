import ModelChecking

/// The content of pages: who touches it while the hypervisor has no memory behind the page gets a
/// machine check, or reads what is not there.
public struct PageContent: Sendable {
  /// Ghost: somebody touched the content of a page that had no memory.
  public let wasMissed: Field<Bool>

  public init(in system: SystemBuilder) {
    wasMissed = system.field("content.missed", .flag, initially: false, role: .ghost)
  }

  /// Reads or writes the content of a page. One step, however many bytes.
  public func touch(_ page: Page, by function: String) -> Step {
    Step(function) { _ in }.also { s in noteTouch(page, s) }
  }

  /// Notes that a step touches the content of a page. Part of a step's bookkeeping.
  public func noteTouch(_ page: Page, _ s: StepState) {
    if !s[page.isBacked] { s[wasMissed] = true }
  }
}

/// The hypervisor takes the memory away from pages, or gives it, as a driver's request asked for:
/// `virtio_mem_send_unplug_request()` and `virtio_mem_send_plug_request()`
/// (drivers/virtio/virtio_mem.c, v5.8 to v6.12).
///
/// One step for a whole request: the hypervisor is no part of the kernel, and only whoever touches
/// content notices.
public func setBacking(of pages: [Page], to isBacked: Bool) -> Step {
  Step(isBacked ? "virtio_mem_send_plug_request" : "virtio_mem_send_unplug_request") { s in
    for page in pages { s[page.isBacked] = isBacked }
  }
}
