import ModelChecking

extension Model {
  /// Every model of the package, in the order of lists.
  public static let all: [Model] = [
    putPageRace, memoryOffline, dumpReader, pageOnlining, softOffline, pcpIsolation,
    hotplugLifecycle, pcpBulkFree, staleMigratetype, hugetlbDissolve,
    hwpoisonHugetlb, freePages, khugepagedCollapse, pageblockBits, swapEntryReuse, pageChurn,
  ]
}
