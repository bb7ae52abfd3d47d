import ModelChecking

/// What a driver does when a block is onlined: its callback and its memory notifier.
public struct OnlineNotifier: Sendable {
  let goingOnline: Steps
  let online: Steps
  let cancelOnline: Steps
  let callback: @Sendable (Page) -> Steps

  /// - Parameter callback: `online_page_callback`, asked for each page.
  public init(
    callback: @escaping @Sendable (Page) -> Steps,
    @StepsBuilder goingOnline: () -> Steps = { .none },
    @StepsBuilder online: () -> Steps = { .none },
    @StepsBuilder cancelOnline: () -> Steps = { .none }
  ) {
    self.callback = callback
    self.goingOnline = goingOnline()
    self.online = online()
    self.cancelOnline = cancelOnline()
  }
}

/// The choices within `online_pages()`.
public struct OnlineChoices: Hashable, Sendable {
  /// The block is isolated until all of it is online (since v5.11).
  public var isolates = true
  /// The references of a page that was never given to the allocator.
  public var refcount = 1
  /// Another notifier may refuse, before or after the driver's is called.
  public var refusals = false

  public init() {}
}

/// `online_pages()` (mm/memory_hotplug.c, v5.4 to v6.12) without the locks that keep other hotplug
/// out, and without the zonelists. Where a notifier refuses, it is tried again.
@StepsBuilder public func onlinePages(
  _ memory: HotAddedMemory, _ choices: OnlineChoices, _ notifier: OnlineNotifier
) -> Steps {
  let type: MigrateType = choices.isolates ? .isolate : .movable
  Call("online_pages") {
    Label("again")
    Call("move_pfn_range_to_zone") {
      // With the block's first page, in the kernel.
      Step("set_pageblock_migratetype", .store(memory.block.migratetype)) { type }
      for page in memory.pages {
        memory.initialising(
          page, by: memmapInitRange(page, memory.mark, refcount: choices.refcount))
      }
    }
    if choices.refusals {
      Choose {
        Way { Call("MEM_GOING_ONLINE") { notifier.goingOnline } }
        Way {
          Call("MEM_GOING_ONLINE") {
            Choose {
              Way { Step("another notifier refuses") }
              Way {
                notifier.goingOnline
                Step("another notifier refuses")
              }
            }
          }
          Call("MEM_CANCEL_ONLINE") { notifier.cancelOnline }
          Goto("again")
        }
      }
    } else {
      Call("MEM_GOING_ONLINE") { notifier.goingOnline }
    }
    for page in memory.pages { notifier.callback(page) }
    Step("online_mem_sections", .store(memory.isOnline)) { true }
      .asserting(HotAddedMemory.typeSet) { s in s[memory.block.migratetype] == type }
    if choices.isolates { unsetMigratetypeIsolate(memory.block) }
    Call("MEM_ONLINE") { notifier.online }
  }
}

/// The end of an `offline_pages()` that succeeded (mm/memory_hotplug.c, v5.8 to v6.12): the managed pages
/// are set right.
///
/// - Parameter subtractsSkipped: whether PageOffline pages that were skipped count as managed. They
///   do before v6.11 (50625744220c): the driver has to add them first.
public func finishOffline(_ memory: HotAddedMemory, subtractsSkipped: Bool) -> Step {
  Step(
    "adjust_managed_page_count",
    .section(
      memory.pages.map(\.type) + [memory.managed],
      because: "skipped pages are counted earlier, and stay what they are")
  ) { s in
    for page in memory.pages where subtractsSkipped || s[page.type] != .offline {
      s[memory.managed] -= 1
    }
  }.noting { s in for page in memory.pages { s[page.owner] = .driver } }
}
