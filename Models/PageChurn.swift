import ModelChecking

extension Model {
  /// Pages that walkers, virtio-mem and the allocator get, put and hand on without end.
  ///
  /// It is no race of the kernel's: it holds. It is the yardstick by which explorers are compared,
  /// because it grows steeply with its two bounds and every step of it is short. The peers' versions
  /// of it lie in Tests/Peers.
  public static let pageChurn = Model(
    name: "page-churn",
    summary: "Do references, offlining and allocation keep a page's count in range? (benchmark)",
    sources: ["Docs/Benchmark.md"],
    bounds: [PageChurn.pages, PageChurn.walkers],
    variants: [
      Variant(
        "plain", "Every transition is one atomic step.", source: "Docs/Benchmark.md",
        expect: .holds, design: PageChurn.FieldWidth.fewestBits),
      Variant(
        "wide", "The same with fields as wide as the kernel's: a word a page.",
        source: "Docs/Benchmark.md", expect: .holds, design: .asInTheKernel),
    ]
  ) { system, width, bounds in
    PageChurn.declare(
      in: system, fields: width, pages: bounds[PageChurn.pages], walkers: bounds[PageChurn.walkers])
  }
}

private enum PageChurn {
  static let pages = Bound("pages", "pages that are handed round", default: 2, large: 4, in: 1...8)
  static let walkers = Bound(
    "walkers", "actors that take and drop references", default: 2, large: 4, in: 1...8)

  enum FieldWidth { case fewestBits, asInTheKernel }

  struct Page {
    let refcount: Field<Int>
    let offline: Field<Bool>
    let inBuddy: Field<Bool>
  }

  static func declare(
    in system: SystemBuilder, fields width: FieldWidth, pages pageCount: Int, walkers: Int
  ) {
    let counts = 0...(walkers + 2)
    let isWide = width == .asInTheKernel
    // The kernel's count is an int, and its flags share another one.
    let count = isWide ? FieldDomain.range(Int(Int32.min)...Int(Int32.max)) : .range(counts)
    let flag = isWide ? FieldDomain<Bool>.codes(0...Int(UInt16.max)) : .flag
    let pages = (0..<pageCount).map { number in
      Page(
        refcount: system.field("page\(number).refcount", count, initially: 1),
        offline: system.field("page\(number).offline", flag, initially: false),
        inBuddy: system.field("page\(number).inBuddy", flag, initially: false))
    }
    if isWide {
      system.invariant("every page's count is in range") { s in
        pages.allSatisfy { counts.contains(s[$0.refcount]) }
      }
    }
    system.redundant(
      "get", .notWaiting,
      because:
        "the benchmark asks for the range of counts alone, as its peers do, and a reference to a "
        + "page that has none stays in it")
    for number in 0..<walkers {
      system.actor("walker\(number)", on: system.cpu()) { _ in
        Loop { Choose(pages) { page in walk(page) } }
      }
    }
    system.actor("virtio-mem", on: system.cpu()) { _ in
      Loop {
        Choose {
          for page in pages {
            Way { takeOffline(page) }
            Way { bringBack(page) }
          }
        }
      }
    }
    system.actor("allocator", on: system.cpu()) { _ in
      Loop { Choose(pages) { page in allocate(page) } }
    }
  }

  /// What the benchmark defines as one atomic transition.
  private static func atomic(_ page: Page) -> Section {
    .section(
      [page.refcount, page.offline, page.inBuddy],
      because: "the benchmark defines it as one atomic transition")
  }

  @StepsBuilder static func walk(_ page: Page) -> Steps {
    Step("get", .atomic(page.refcount), when: { $0 > 0 }) { count in count += 1 }.mayRest()
    If(
      Condition("put", .atomic(page.refcount)) { count in
        count -= 1
        return count == 0
      }
    ) {
      Step("free", atomic(page)) { s in if !s[page.offline] { s[page.inBuddy] = true } }
    }
  }

  @StepsBuilder static func takeOffline(_ page: Page) -> Steps {
    Step(
      "set offline", atomic(page), when: { s in !s[page.offline] && s[page.refcount] > 0 }
    ) { s in s[page.offline] = true }
    .mayRest()
    Step("drop", .atomic(page.refcount)) { count in count -= 1 }
  }

  @StepsBuilder static func bringBack(_ page: Page) -> Steps {
    Step(
      "bring back", atomic(page), when: { s in s[page.offline] && s[page.refcount] == 0 }
    ) { s in
      s[page.offline] = false
      s[page.refcount] = 1
    }
  }

  @StepsBuilder static func allocate(_ page: Page) -> Steps {
    Step(
      "allocate", atomic(page), when: { s in s[page.inBuddy] && s[page.refcount] == 0 }
    ) { s in
      s[page.inBuddy] = false
      s[page.refcount] = 1
    }.mayRest()
  }
}
