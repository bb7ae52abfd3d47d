import ModelChecking

// Who asks for PG_reserved in core kernel code, as the review of 503b158fc30f lists them, v6.9 to v6.12:
// what each does with a page that is reserved and with one that is not.

/// `pagetypeinfo_showmixedcount_print()` (mm/page_owner.c, v5.18 and v6.18) for one page: asks what it was
/// allocated for, to count blocks that hold pages of another migratetype.
///
/// A page that isn't reserved and never was the allocator's has no PAGE_EXT_OWNER_ALLOCATED, so it is
/// skipped as well. `read_page_owner()` asks the same of page_ext, and not for PG_reserved. That a free
/// clears the bit is left out: it only makes fewer pages be asked.
///
/// - Parameters:
///   - wasAllocated: PAGE_EXT_OWNER_ALLOCATED.
///   - claim: what must be true of a page that is asked.
@StepsBuilder public func pagetypeinfoShowMixedCount(
  _ page: Page, wasAllocated: Field<Bool>, asserting claim: String,
  _ holds: @escaping @Sendable (State) -> Bool
) -> Steps {
  Call("pagetypeinfo_showmixedcount_print") {
    If(pageBuddy(page)) { Return() }
    If(pageReserved(page)) { Return() }
    If(Condition("test_bit(PAGE_EXT_OWNER_ALLOCATED)", .load(wasAllocated, .relaxed)) { $0 }) {
      Step("gfp_migratetype").asserting(claim, holds)
    }
  }
}

/// `alloc_contig_pages()` (mm/page_alloc.c) over the page's block, up to the isolation:
/// `pfn_range_valid_contig()` gives up on a reserved page, `has_unmovable_pages()` on one that can't be
/// moved.
///
/// - Parameter claim: what must be true where the block is isolated.
@StepsBuilder public func allocContigPages(
  _ page: Page, in block: PageBlock, asserting claim: String,
  _ holds: @escaping @Sendable (State) -> Bool
) -> Steps {
  Call("alloc_contig_pages") {
    If(pageReserved(page)) { Return() }
    let isolate = setMigratetypeIsolate(block, .strict)
      .asserting(claim) { s, isIsolated in !isIsolated || holds(s) }
    If(isolate) { unsetMigratetypeIsolate(block) }
  }
}

/// `hugetlb_vmemmap_optimize()` (mm/hugetlb_vmemmap.c) for the page of the memmap that a hugetlb page
/// would give up: `free_vmemmap_page()`, but not where the memmap lies in its own block (66361095129b,
/// v6.0).
///
/// - Parameter isSelfHosted: PageVmemmapSelfHosted; nil where nobody asks for it.
@StepsBuilder public func optimizeVmemmap(
  _ page: Page, isSelfHosted: Field<Bool>?, _ path: FreePath
) -> Steps {
  Call("hugetlb_vmemmap_optimize") {
    if let isSelfHosted {
      If(Condition("PageVmemmapSelfHosted", .load(isSelfHosted, .relaxed)) { $0 }) { Return() }
    }
    Call("free_vmemmap_page") {
      // A reserved page is boot memory's here, which free_bootmem_page() knows by other marks.
      If(!pageReserved(page)) { putPage(page, path) }
    }
  }
}

/// `can_gather_numa_stats()` (fs/proc/task_mmu.c): counts a page that a process maps, unless it is
/// reserved.
///
/// - Parameter claim: what must be true of a page that is counted.
@StepsBuilder public func gatherNumaStats(
  _ page: Page, asserting claim: String, _ holds: @escaping @Sendable (State) -> Bool
) -> Steps {
  Call("can_gather_numa_stats") {
    If(!pageReserved(page)) { Step("gather_stats").asserting(claim, holds) }
  }
}

/// KVM maps a page into a guest and unmaps it (virt/kvm/kvm_main.c, v5.4 to v6.12): a reference is taken
/// with the page and given back, unless the pfn is reserved, as of memory that a device or the firmware
/// has.
///
/// - Parameter zoneDevice: for a page of ZONE_DEVICE, whether `kvm_is_zone_device_page()` tells it from
///   those (a78986aae9b2, v5.4); nil for other pages. `get_user_pages()` takes its reference in any case.
@StepsBuilder public func mapIntoGuest(_ page: Page, zoneDevice: Bool? = nil, _ path: FreePath)
  -> Steps
{
  Call("kvm_faultin_pfn") {
    if zoneDevice != nil {
      pageRefInc(page)
    } else {
      If(!pageReserved(page)) { pageRefInc(page) }
    }
  }
  Step("the guest runs")
  Call("kvm_release_pfn_clean") {
    if zoneDevice != true {
      If(pageReserved(page)) { Return() }
    }
    putPage(page, path)
  }
}
