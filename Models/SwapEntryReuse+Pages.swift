import KernelPages
import ModelChecking

/// Two pages, two swap entries, and the page tables of a child (A and B are threads of it) and of its
/// parent (C), which share a page at first (mm/memory.c, mm/swapfile.c, mm/vmscan.c).
struct SharedSwapEntry {
  /// What a page table entry holds.
  enum PTE: UInt8, FieldEnumeration { case swap1, swap2, page1, page2 }
  /// The swap entry that a page of the swap cache has: `page_private()`.
  enum Entry: UInt8, FieldEnumeration { case none, first, second }
  /// Whose writing a page has.
  enum Content: UInt8, FieldEnumeration { case shared, child, parent }
  /// An address space.
  enum MM: Int { case child, parent }

  /// A swap entry as the page tables have it.
  struct SwapEntry {
    let index: Int
    var pte: PTE { index == 0 ? .swap1 : .swap2 }
    var cache: Entry { index == 0 ? .first : .second }
  }

  let test: SwapEntryReuse.Test
  let entries = [SwapEntry(index: 0), SwapEntry(index: 1)]
  /// The page tables of the child and of the parent, and their locks.
  let ptes: [Field<PTE>]
  private let ptls: [Lock]
  /// `swap_map[]`: how many page tables have each entry.
  let counts: [Field<Int>]
  /// The entry of each page while it is in the swap cache.
  let caches: [Field<Entry>]
  let isLocked: FieldArray<Bool>
  let mapcounts: [Field<Int>]
  /// Ghost: what each page has.
  let content: [Ghost<Content>]
  /// Ghost: what was written last in each address space.
  private let writtenLast: [Ghost<Content>]
  /// Ghost: whether B has mapped each page.
  let readBy: [Ghost<Bool>]

  /// The page is swapped out, and in the swap cache still.
  init(in system: SystemBuilder, _ test: SwapEntryReuse.Test) {
    self.test = test
    let names = ["child", "parent"]
    ptes = names.map { system.field("\($0) pte", .cases, initially: .swap1) }
    ptls = names.map { system.lock("\($0) ptl", .spinlock) }
    counts = [2, 0].enumerated().map { number, count in
      system.field("swap_map[swap\(number + 1)]", .range(0...2), initially: count)
    }
    caches = [Entry.first, .none].enumerated().map { number, entry in
      system.field("page\(number + 1).private", .cases, initially: entry)
    }
    mapcounts = (0..<2).map {
      system.field("page\($0 + 1).mapcount", .range(0...2), initially: 0)
    }
    isLocked = system.fields("locked", count: 2, .flag, initially: false)
    content = (0..<2).map { system.ghost("page\($0 + 1).content", .cases, initially: .shared) }
    writtenLast = names.map { system.ghost("\($0) wrote", .cases, initially: .shared) }
    readBy = (0..<2).map { system.ghost("B has page\($0 + 1)", .flag, initially: false) }
  }

  // MARK: Faults

  /// B: a read fault.
  @StepsBuilder func read(as actor: Actor, in mm: MM) -> Steps {
    let local = Local(actor)
    While(!doSwapPage(local, mm, isWrite: false)) {}
  }

  /// A and C: a write fault, and copy on write where the page can't be used alone.
  @StepsBuilder func write(as actor: Actor, in mm: MM) -> Steps {
    let local = Local(actor)
    While(!doSwapPage(local, mm, isWrite: true)) {}
  }

  /// The local variables of `do_swap_page()`.
  struct Local {
    let pte: Register<PTE>
    let page: Register<Int>

    init(_ actor: Actor) {
      pte = actor.register("orig_pte", .cases, initially: .swap1)
      page = actor.register("page", .range(0...1), initially: 0)
    }
  }

  private func isSwap(_ pte: PTE) -> Bool { pte == .swap1 || pte == .swap2 }
  private func cache(of pte: PTE) -> Entry { pte == .swap1 ? .first : .second }
  private func pte(of page: Int) -> PTE { page == 0 ? .page1 : .page2 }

  /// `do_swap_page()` (v2.6.36, v6.19) of a page in the swap cache; answers whether the fault is over.
  private func doSwapPage(_ local: Local, _ mm: MM, isWrite: Bool) -> Condition {
    let pteField = ptes[mm.rawValue]
    let ptl = ptls[mm.rawValue]
    return Condition(call: "do_swap_page") {
      Step("orig_pte = *pte", .load(pteField)) { value, my in my[local.pte] = value }
      If(Condition(register: { my in !isSwap(my[local.pte]) })) {
        if isWrite { wpPage(mm) }
        Return(true)
      }
      If(!lookUp(local)) { Return(false) }
      Step("lock_page", .atomic(isLocked[local.page], .acquire), when: { !$0 }) { $0 = true }
        .sleeps()
      if test != .nothing {
        If(
          Condition(
            test == .entry ? "page_private(page) != entry.val" : "!PageSwapCache(page)",
            .section(caches, because: "only the flags of the page that is locked are looked at")
          ) { s in
            let entry = s[caches[s[local.page]]]
            return test == .entry ? entry != cache(of: s[local.pte]) : entry == .none
          }
        ) {
          unlock(local)
          Return(false)
        }
      }
      ptl.acquire()
      If(!Condition("pte_same", .load(pteField)) { value, my in value == my[local.pte] }) {
        ptl.release()
        unlock(local)
        Return(false)
      }
      setPTE(local, mm, isWrite: isWrite)
      ptl.release()
      unlock(local)
      if isWrite { wpPage(mm) }
      Return(true)
    }
  }

  /// `lookup_swap_cache()`. What is not there is read by others, in the end.
  private func lookUp(_ local: Local) -> Condition {
    Condition(
      "lookup_swap_cache",
      .section(caches, because: "one look at the tree of the swap cache")
    ) { s in
      for page in 0..<2 where s[caches[page]] == cache(of: s[local.pte]) {
        s[local.page] = page
        return true
      }
      return false
    }
  }

  private func unlock(_ local: Local) -> Step {
    Step("unlock_page", .store(isLocked[local.page], .release)) { false }
      .bugOn(SwapEntryReuse.notLocked) { s in !s[isLocked[s[local.page]]] }
  }

  /// `reuse_swap_page()` for a write, `set_pte_at()` and `swap_free()`, with the page table's lock and the
  /// page's held.
  private func setPTE(_ local: Local, _ mm: MM, isWrite: Bool) -> Step {
    let pteField = ptes[mm.rawValue]
    let fields: [any SharedField] =
      [pteField] + counts + caches + mapcounts
    return Step("set_pte_at, swap_free", .section(fields, holding: ptls[mm.rawValue])) { s in
      let page = s[local.page]
      let entry = s[local.pte] == .swap1 ? 0 : 1
      if isWrite && s[mapcounts[page]] == 0 && s[counts[entry]] == 1 {
        // delete_from_swap_cache(): nobody else has it.
        s[caches[page]] = .none
      }
      s[pteField] = pte(of: page)
      s[mapcounts[page]] += 1
      s[counts[entry]] -= 1
    }
    .asserting(SwapEntryReuse.ownContent) { s in
      s[content[s[local.page]]] == s[writtenLast[mm.rawValue]]
    }
    .noting { s in if !isWrite { s[readBy[s[local.page]]] = true } }
  }

  /// `do_wp_page()`: writes to the page if nobody else has it, otherwise to a copy.
  private func wpPage(_ mm: MM) -> Steps {
    let pteField = ptes[mm.rawValue]
    let value: Content = mm == .child ? .child : .parent
    return Steps {
      Step(
        "do_wp_page",
        .section(
          [pteField] + mapcounts + caches, taking: ptls[mm.rawValue])
      ) { s in
        guard s[pteField] == .page1, s[mapcounts[0]] > 1 || s[caches[0]] != .none, mm == .child
        else { return }
        s[pteField] = .page2
        s[mapcounts[0]] -= 1
        s[mapcounts[1]] += 1
      }.noting { s in
        switch s[pteField] {
        case .page1 where s[mapcounts[0]] == 1 && s[caches[0]] == .none:
          s[content[0]] = value
          s[writtenLast[mm.rawValue]] = value
        case .page2:
          s[content[1]] = value
          s[writtenLast[mm.rawValue]] = value
        default: break
        }
      }
    }
  }

  // MARK: kswapd

  /// `shrink_page_list()`: a page is swapped out to any free entry, and stays in the swap cache.
  @StepsBuilder func swapOut(_ entry: Register<Int>, _ left: Register<Int>) -> Steps {
    Choose(0..<2) { page in
      Steps {
        Step(
          "trylock_page(page\(page + 1))", .atomic(isLocked[page], .acquire), when: { !$0 }
        ) { $0 = true }
        If(Condition("PageSwapCache", .load(caches[page])) { $0 != .none }) {
          Step("page has its entry still")
        } otherwise: {
          addToSwap(page, entry)
        }
        Step("unlock_page(page\(page + 1))", .store(isLocked[page], .release)) { false }
          .bugOn(SwapEntryReuse.notLocked) { s in !s[isLocked[page]] }
          .also { my in my[left] -= 1 }
      }
    }
  }

  /// `add_to_swap()` and `try_to_unmap()`.
  @StepsBuilder private func addToSwap(_ page: Int, _ entry: Register<Int>) -> Steps {
    If(Condition("page_mapped", .load(mapcounts[page])) { $0 > 0 }) {
      Choose(entries.map(\.index)) { index in
        Step(
          "get_swap_page() = swap\(index + 1)",
          .section(counts + caches, because: "swap_lock is taken and given back"),
          when: { s in
            s[counts[index]] == 0
              && (0..<2).allSatisfy { s[caches[$0]] != entries[index].cache }
          }
        ) { s in
          s[caches[page]] = entries[index].cache
          s[entry] = index
        }
        .bugOn(SwapEntryReuse.notLocked) { s in !s[isLocked[page]] }
      }
      for mm in [MM.child, .parent] {
        Step(
          "try_to_unmap_one(\(mm))",
          .section(
            [ptes[mm.rawValue], mapcounts[page]] + counts, taking: ptls[mm.rawValue])
        ) { s in
          guard s[ptes[mm.rawValue]] == pte(of: page) else { return }
          s[ptes[mm.rawValue]] = entries[s[entry]].pte
          s[counts[s[entry]]] += 1
          s[mapcounts[page]] -= 1
        }
      }
    }
  }
}
