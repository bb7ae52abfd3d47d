import ModelChecking
import RaceFiles
import TestSupport
import Testing

@Suite("A zone with its per-CPU lists in a race file")
struct ZoneTests {
  private static let stray = "no page of it is on a list of a CPU"

  /// Somebody frees a page and somebody takes one, while its block is isolated and that is relied upon.
  private func race(before: String = "", after: String = "", drain: String = "") throws -> RaceFile
  {
    try RaceFilesTests.race(
      """
      C zone
      { struct page p[1] = { { ._refcount = ATOMIC_INIT(1) } }; ghost bool relied_on; }
      __cpu(0) P0(struct page *p) { put_page(p); }
      __cpu(0) P1(struct page *p) { alloc_page(GFP_KERNEL); }
      P2(struct page *p) {
        struct zone *zone = page_zone(p);
        \(before)
        start_isolate_page_range(p, p + 1);
        \(drain)
        relied_on = true;
        cpu_relax();
        relied_on = false;
        undo_isolate_page_range(p, p + 1);
        \(after)
      }
      always("\(Self.stray)", p[0].list != LIST_PCP || spin_is_locked(&node_zone.pcp[0].lock), when relied_on);
      always("free pages are where their block says",
        p[0].list <= LIST_PCP || (p[0].list == LIST_ISOLATED) == (node_zone.migratetype == MIGRATE_ISOLATE));
      """)
  }

  @Test(
    "isolated, it has a page on a list of a CPU all the same, unless the lists are disabled first")
  func disable() throws {
    for drain in ["", "drain_all_pages(zone);"] {
      let outcome = try outcome(of: race(drain: drain))
      #expect(outcome.verdict == .found(.violated, property: Self.stray))
    }
    let right = try race(before: "zone_pcp_disable(zone);", after: "zone_pcp_enable(zone);")
    #expect(try outcome(of: right).verdict == .holds)
    #expect(checkFootprints(of: try Configuration(right.model).system(), mostStates: 60) == [])
  }

  @Test("page_at(NR_PAGES) is the place behind the last page, up to which a range goes")
  func behindTheLast() throws {
    func outcome(_ body: String) throws -> Outcome {
      try RaceFilesTests.outcome(
        of: RaceFilesTests.race(
          """
          C behind
          { struct page p[2] = { [0 ... 1] = {
              ._refcount = ATOMIC_INIT(0), .list = LIST_BUDDY, .page_type = PGTY_buddy } }; }
          P0(struct page *p) {
            if (!alloc_contig_range(page_at(0), page_at(NR_PAGES))) { \(body) }
          }
          """))
    }
    let free = "free_contig_range(page_at(0), page_at(NR_PAGES));"
    #expect(try outcome(free).verdict == .holds)
    #expect(try outcome(free + free).verdict.name == "assertion failed")
  }

  @Test("alloc_contig_range() takes what is free, and free_contig_range() gives it back")
  func contig() throws {
    let outcome = try outcome(
      of: RaceFilesTests.race(
        """
        C contig
        { struct page p[2]; int taken; }
        P0(struct page *p) { set_page_count(&p[0], 1); put_page(&p[0]); }
        P1(struct page *p, int *taken) {
          if (!alloc_contig_range(&p[0], &p[1])) { *taken = 1; free_contig_range(&p[0], &p[1]); }
        }
        reachable("it was taken", taken == 1);
        always("a page that is free has no reference", all(i, 2, p[i].list == LIST_NONE || p[i]._refcount == 0));
        """))
    #expect(outcome.verdict == .holds)
  }

  @Test("alloc_page() takes a page that is there, whichever that is")
  func anyPage() throws {
    let verdict = try outcome(
      of: RaceFilesTests.race(
        """
        C balloon
        { struct page p[2] = { [0 ... 1] = { .list = LIST_BUDDY, .page_type = PGTY_buddy } }; }
        P0(void)
        {
          for (int i = 0; i < 2; i++) {
            struct page *page = alloc_page(GFP_KERNEL);
            if (!page) continue;
            __SetPageOffline(page); __ClearPageOffline(page);
            put_page(page);
          }
        }
        P1(struct page *p) { if (get_page_unless_zero(&p[0])) put_page(&p[0]); }
        """)
    ).verdict
    // One was chosen before it was known which lie on the list, and that choice then waited for ever.
    #expect(verdict == .holds)
  }
}
