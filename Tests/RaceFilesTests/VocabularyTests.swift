import Foundation
import ModelChecking
import RaceFiles
import Testing

@Suite("The vocabulary of race files")
struct VocabularyTests {
  private static let project = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func text(of path: String) throws -> String {
    try String(contentsOf: Self.project.appending(path: path), encoding: .utf8)
  }

  /// What is between backquotes in the reference.
  private func told() throws -> Set<String> {
    let page = try text(of: "Docs/RaceFiles.md")
    return Set(page.matches(of: /`([A-Za-z_]+)[^`]*`/).map { String($0.1) })
  }

  /// What the kernel has under these names too, but a race wants the functions that are made of them.
  private static let parts: Set<String> = [
    "__call_rcu", "__drain_all_pages", "__free_one_page_if", "__start_srcu_gp",
    "__try_to_shutdown_timer", "__wait_srcu_gp", "expire_timers", "free_unref_page_of_zone",
    "process_one_work", "rcu_do_batch", "start_flush_work", "timer_is_done", "try_to_grab_pending",
    "work_is_done",
  ]

  @Test("is in the reference as a whole")
  func reference() throws {
    let told = try told()
    let untold = RaceFile.knownFunctions.subtracting(told).subtracting(Self.parts).filter { name in
      // Said by their parts: `atomic_` and `inc_return`.
      !["atomic_long_", "atomic_", "refcount_", "percpu_"].contains { prefix in
        name.hasPrefix(prefix)
          && told.contains(String(name.dropFirst(prefix.count).replacing("fetch_", with: "")))
      } && !["_bh", "_irq", "_irqsave", "_irqrestore"].contains(where: name.hasSuffix)
        && !name.hasSuffix("_return") && !name.hasSuffix("_and_test")
    }
    #expect(untold.sorted() == [])
  }

  @Test("has functions that are each called without a mistake")
  func calls() throws {
    let declarations = """
      C calls
      { struct page p; struct mutex mutex; struct rw_semaphore semaphore; struct mm_struct mm; int x;
        struct completion completion; wait_queue_head_t queue; seqcount_t count; seqlock_t seqlock;
        struct workqueue_struct wq; struct work_struct work; struct timer_list timer; struct rcu_head head;
        struct srcu_struct srcu; struct kref kref; refcount_t refs; spinlock_t lock; }
      """
    let arguments = [
      "struct page *": "&p", "struct mutex *": "&mutex", "struct rw_semaphore *": "&semaphore",
      "struct mm_struct *": "&mm", "struct completion *": "&completion",
      "struct wait_queue_head *": "&queue", "struct seqcount *": "&count",
      "struct seqlock *": "&seqlock",
      "struct workqueue_struct *": "&wq", "struct work_struct *": "&work",
      "struct timer_list *": "&timer", "struct rcu_head *": "&head",
      "struct srcu_struct *": "&srcu",
      "struct kref *": "&kref", "refcount_t *": "&refs", "spinlock_t *": "&lock",
      "struct zone *": "page_zone(&p)",
    ]
    var calls: [String] = []
    for file in ["kernel", "locks", "waiting", "deferred", "zone"] {
      let text = try text(of: "Sources/RaceFiles/Vocabulary/\(file).race")
      for match in text.matches(
        of: /inline [a-z_ ]+ \*?([A-Za-z_]+)\(([^)]*)\)\n?[ {]/.anchorsMatchLineEndings())
      {
        let values = match.2.split(separator: ", ").filter { $0 != "void" }.map { parameter in
          arguments.first { parameter.hasPrefix($0.key) }?.value ?? "1"
        }
        calls.append("\(match.1)(\(values.joined(separator: ", ")));")
      }
    }
    #expect(calls.count > 150)
    let body = calls.joined(separator: "\n")
    do throws(InputError) {
      _ = try RaceFile(
        path: "calls.race", contents: Array("\(declarations)\nP0(int *x) {\n\(body)\n}".utf8))
    } catch {
      Issue.record("\(error.lines.joined(separator: "\n"))")
    }
  }

  @Test("has no word for what a file would have to do otherwise, and says how")
  func refused() {
    let refused = [
      "kmalloc", "kzalloc", "list_add", "xas_reload", "queue_delayed_work", "hrtimer_start",
      "wait_event_interruptible_timeout", "percpu_ref_get", "pfn_to_page", "rcu_barrier", "msleep",
      "memset", "kthread_stop", "free_irq",
      "free_pages", "atomic_load_explicit", "pthread_create", "printf", "schedule_timeout",
    ]
    for name in refused {
      let lines = mistakes(in: "C t\n{ int x; }\nP0(int *x) { \(name)(); *x = 1; }")
      #expect(lines.first?.contains("'\(name)': ") == true, "\(lines)")
    }
  }
}
