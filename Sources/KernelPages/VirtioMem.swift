import ModelChecking

/// virtio-mem's side of one memory block: drivers/virtio/virtio_mem.c, v5.8 to v6.12.
///
/// A page stands for a subblock. `page_offline_rwsem` is left out: nobody who uses this reads the
/// content of pages that aren't his.
public struct VirtioMemBlock: Sendable {
  /// How `virtio_mem_fake_online()` gives back a page that the device has plugged.
  public enum Routing: Sendable {
    /// By `generic_online_page()` if PG_dirty says that it was never onlined, else by
    /// `free_contig_range()`.
    case byDirtyMark
    /// The wrong way round.
    case inverted
    /// As if every page came from `alloc_contig_range()`: there is no PG_dirty.
    case allFreed
  }

  /// The choices within the driver.
  public struct Choices: Hashable, Sendable {
    /// Whether the callback looks at the bitmap of plugged pages.
    public var callbackDecides = true
    public var routing = Routing.byDirtyMark
    /// Whether a page that is not onlined loses PG_reserved (v5.8 to v6.10).
    public var clearsReserved = true
    /// Whether unplugged pages are counted as managed while they may go offline, and the other way
    /// round when they don't (v5.8 to v6.10).
    public var addsManaged = false
    public var subtractsManaged = false
    /// Whether managed pages are counted after `generic_online_page()`, which counts them.
    public var countsTwice = false
    /// Whether MEM_CANCEL_ONLINE ends what MEM_GOING_ONLINE began.
    public var handlesCancelOnline = true
    /// Whether MEM_CANCEL_* is left alone where the driver was not asked before.
    public var testsHotplugActive = true

    public init() {}
  }

  public let memory: HotAddedMemory
  /// Held from MEM_GOING_* to what ends it, and while the device is asked for anything.
  public let hotplugMutex: Lock
  private let choices: Choices
  /// `vm->hotplug_active`: between MEM_GOING_* and what ends it. The mutex protects it.
  private let isActive: Field<Bool>
  /// The driver's bitmap, which the mutex protects.
  private let isPlugged: [Field<Bool>]

  /// - Parameter plugged: the first pages, which the device has plugged already.
  public init(
    _ memory: HotAddedMemory, in system: SystemBuilder, plugged: Int, _ choices: Choices
  ) {
    self.memory = memory
    self.choices = choices
    hotplugMutex = system.lock("vm->hotplug_mutex", .mutex)
    isActive = system.field("vm->hotplug_active", .flag, initially: false)
    isPlugged = memory.pages.indices.map {
      system.field("sb_state[\($0)]", .flag, initially: $0 < plugged)
    }
  }

  /// What `isActiveUnderMutex(_:)` says, as an invariant.
  public static let activeUnderMutex = "hotplug is active only with hotplug_mutex held"

  /// Whether nobody finds `vm->hotplug_active` set who has got the mutex.
  public func isActiveUnderMutex(_ s: State) -> Bool { !s[isActive] || !hotplugMutex.isFree(s) }

  /// The callback and the notifier while the block is onlined.
  public var onlineNotifier: OnlineNotifier {
    OnlineNotifier { [self] page in
      onlinePageCallback(page)
    } goingOnline: {
      begin()
    } online: {
      end()
    } cancelOnline: {
      if choices.handlesCancelOnline { ifActive { end() } }
    }
  }

  /// What MEM_GOING_* does before anything else.
  @StepsBuilder private func begin() -> Steps {
    hotplugMutex.acquire()
    Step("vm->hotplug_active = true", .section([isActive], holding: hotplugMutex)) { [isActive] s in
      s[isActive] = true
    }
  }

  /// What MEM_ONLINE, MEM_OFFLINE and MEM_CANCEL_* do last.
  @StepsBuilder private func end() -> Steps {
    Step("vm->hotplug_active = false", .section([isActive], holding: hotplugMutex)) {
      [isActive] s in
      s[isActive] = false
    }
    hotplugMutex.release()
  }

  /// MEM_CANCEL_* is delivered to those as well who were not asked, as another refused first.
  @StepsBuilder private func ifActive(@StepsBuilder _ body: () -> Steps) -> Steps {
    if choices.testsHotplugActive {
      If(Condition("vm->hotplug_active", .load(isActive)) { $0 }, then: body)
    } else {
      body()
    }
  }

  /// `virtio_mem_online_page_cb()`.
  @StepsBuilder private func onlinePageCallback(_ page: Page) -> Steps {
    Call("virtio_mem_online_page_cb") {
      if choices.callbackDecides {
        If(sbTest(page)) {
          genericOnlinePage(page, memory)
        } otherwise: {
          setFakeOfflineNeverOnlined(page)
        }
      } else {
        genericOnlinePage(page, memory)
      }
    }
  }

  /// `virtio_mem_set_fake_offline()` with `onlined` false. Before v6.11 the page is not PageOffline
  /// yet, but PG_reserved.
  @StepsBuilder private func setFakeOfflineNeverOnlined(_ page: Page) -> Steps {
    Call("virtio_mem_set_fake_offline") {
      if memory.mark == .reserved { setPageOffline(page) }
      if choices.routing != .allFreed { setPageDirty(page) }
      if memory.mark == .reserved && choices.clearsReserved { clearPageReserved(page) }
    }
  }

  /// MEM_GOING_OFFLINE and MEM_CANCEL_OFFLINE: `virtio_mem_fake_offline_going_offline()` and
  /// `..._cancel_offline()` for what is unplugged.
  public var offlineNotifier: OfflineNotifier {
    OfflineNotifier {
      begin()
      for page in memory.pages {
        If(!sbTest(page)) {
          if choices.addsManaged { memory.adjustManaged(by: 1) }
          pageRefDecAndTest(page)
        }
      }
      Return(true)
    } cancelOffline: {
      ifActive {
        for page in memory.pages {
          If(!sbTest(page)) {
            if choices.subtractsManaged { memory.adjustManaged(by: -1) }
            pageRefInc(page)
          }
        }
        end()
      }
    }
  }

  /// MEM_OFFLINE.
  public func offline() -> Steps { end() }

  /// A request of the device's: to plug the page if it is unplugged, or the other way round.
  @StepsBuilder public func handleRequest(for page: Page) -> Steps {
    Call("virtio_mem_run_wq") {
      hotplugMutex.acquire()
      If(sbTest(page)) {
        If(memory.pfnToOnlinePage()) {
          fakeOffline(page)
        } otherwise: {
          setPlugged(page, to: false)
        }
      } otherwise: {
        setPlugged(page, to: true)
        If(memory.pfnToOnlinePage()) { fakeOnline(page) }
      }
      hotplugMutex.release()
    }
  }

  /// `virtio_mem_fake_offline()` and the unplug request after it. Gives up where the page is in use.
  @StepsBuilder private func fakeOffline(_ page: Page) -> Steps {
    Call("virtio_mem_fake_offline") {
      If(allocContigRange([page], of: memory.block)) {
        setFakeOffline([page], nil)
        memory.adjustManaged(by: -1)
        setPlugged(page, to: false)
      }
    }
  }

  /// `virtio_mem_fake_online()`.
  @StepsBuilder private func fakeOnline(_ page: Page) -> Steps {
    Call("virtio_mem_fake_online") {
      switch choices.routing {
      case .byDirtyMark:
        If(pageDirty(page)) {
          onlineNeverOnlined(page)
        } otherwise: {
          freeOnceOnlined(page)
        }
      case .inverted:
        If(pageDirty(page)) {
          setPageDirty(page, to: false)
          freeOnceOnlined(page)
        } otherwise: {
          onlineNeverOnlined(page)
        }
      case .allFreed: freeOnceOnlined(page)
      }
    }
  }

  @StepsBuilder private func onlineNeverOnlined(_ page: Page) -> Steps {
    Call("virtio_mem_clear_fake_offline") {
      if memory.mark == .reserved { clearPageOffline(page) }
      setPageDirty(page, to: false)
    }
    genericOnlinePage(page, memory)
    if choices.countsTwice { memory.adjustManaged(by: 1) }
  }

  @StepsBuilder private func freeOnceOnlined(_ page: Page) -> Steps {
    clearFakeOffline([page])
    freeContigRange([page], memory.path)
    memory.adjustManaged(by: 1)
  }

  /// The bitmap, read or written with the mutex held. Nobody sees the bitmap and the memory behind
  /// the page disagree.
  private func sbTest(_ page: Page) -> Condition {
    Condition("virtio_mem_sbm_test_sb_plugged", .load(field(of: page))) { $0 }
  }

  private func setPlugged(_ page: Page, to isPlugged: Bool) -> Step {
    let name = isPlugged ? "virtio_mem_sbm_plug_sb" : "virtio_mem_sbm_unplug_sb"
    return Step(name, .store(field(of: page))) { isPlugged }
      .noting { s in s[page.isBacked] = isPlugged }
  }

  private func field(of page: Page) -> Field<Bool> {
    let number = memory.pages.firstIndex { $0.name == page.name }
    return isPlugged[number ?? 0]
  }
}
