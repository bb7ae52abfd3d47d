import ModelChecking
import Models
import Testing

/// The order of events in the traces, and what bigger settings say.
@Suite("dump-reader")
struct DumpReaderTests {
  static let traces: [(variant: String, steps: [String])] = [
    (
      "no-locks",
      [
        "kcore: PageOffline", "virtio-mem: __SetPageOffline",
        "virtio-mem: virtio_mem_send_unplug_request", "kcore: copy_page_to_iter",
      ]
    ),
    (
      "thaw-before-copy",
      [
        "kcore: down_read(page_offline_rwsem)", "kcore: PageOffline",
        "kcore: up_read(page_offline_rwsem)", "virtio-mem: down_write(page_offline_rwsem)",
        "virtio-mem: __SetPageOffline", "virtio-mem: up_write(page_offline_rwsem)",
        "virtio-mem: virtio_mem_send_unplug_request", "kcore: copy_page_to_iter",
      ]
    ),
    (
      "unplug-first",
      [
        "virtio-mem: virtio_mem_send_unplug_request", "kcore: down_read(page_offline_rwsem)",
        "kcore: PageOffline", "kcore: copy_page_to_iter",
      ]
    ),
    (
      "reader-locks-only",
      [
        "kcore: down_read(page_offline_rwsem)", "kcore: PageOffline",
        "virtio-mem: __SetPageOffline", "virtio-mem: virtio_mem_send_unplug_request",
        "kcore: copy_page_to_iter",
      ]
    ),
    (
      "via-buddy",
      ["virtio-mem: __ClearPageOffline", "kcore: PageOffline", "kcore: copy_page_to_iter"]
    ),
    (
      "via-buddy-crash-dump",
      ["virtio-mem: __ClearPageOffline", "crash: makedumpfile reads page0"]
    ),
  ]

  @Test("traces tell the story of the mail and the patches", arguments: traces.indices)
  func story(index: Int) throws {
    let (variant, steps) = Self.traces[index]
    #expect(try Model.dumpReader.story(of: variant) == steps)
  }

  /// Whether the section begins before or after the test makes no difference in length.
  @Test("a reader without a lock is passed by the writer's whole section")
  func writerLocksOnly() throws {
    let steps = try Model.dumpReader.story(of: "writer-locks-only")
    let test = try #require(steps.firstIndex(of: "kcore: PageOffline"))
    let mark = try #require(steps.firstIndex(of: "virtio-mem: __SetPageOffline"))
    #expect(test < mark)
    #expect(steps.last == "kcore: copy_page_to_iter")
  }

  @Test("a panic stops everybody: each state of the living has one more, that of the dead kernel")
  func panic() throws {
    let outcome = try Model.dumpReader.system(variant: "freeze-and-begin").search()
    // 34 states without the crash.
    #expect(outcome.statistics.states == 2 * 34)
  }

  @Test("what is broken stays broken, by as many steps, with more readers")
  func moreReaders() throws {
    for variant in Model.dumpReader.variants where variant.expected != .holds {
      let outcome = try Model.dumpReader.system(
        variant: variant.name, settings: ["readers": 3]
      ).search()
      #expect(variant.expected.isMet(by: outcome), "\(variant.name)")
    }
  }
}
