import ModelChecking

/// The content of pages: who touches it while the hypervisor has no memory behind the page gets a
/// machine check, or reads what is not there.
public struct PageContent: Sendable {
  /// What must be true wherever content is touched, in a sentence.
  let claim: String

  /// - Parameter claim: "nobody reads a page that has no memory behind it".
  public init(claim: String) { self.claim = claim }

  /// Reads or writes the content of a page. One step, however many bytes.
  public func touch(_ page: Page, by function: String) -> Step {
    touch(page, in: Step(function))
  }

  /// The step also touches the content of a page, where it meets a state in which it does.
  public func touch(
    _ page: Page, in step: Step, if touches: @escaping @Sendable (State) -> Bool = { _ in true }
  ) -> Step {
    step.asserting(claim) { s in s[page.isBacked] || !touches(s) }
  }
}

/// The hypervisor takes the memory away from pages, or gives it, as a driver's request asked for:
/// `virtio_mem_send_unplug_request()` and `virtio_mem_send_plug_request()`
/// (drivers/virtio/virtio_mem.c, v5.8 to v6.12).
///
/// One step for a whole request: the hypervisor is no part of the kernel, and only whoever touches
/// content notices.
public func setBacking(of pages: [Page], to isBacked: Bool) -> Step {
  Step(isBacked ? "virtio_mem_send_plug_request" : "virtio_mem_send_unplug_request").noting { s in
    for page in pages { s[page.isBacked] = isBacked }
  }
}
