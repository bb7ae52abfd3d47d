import ModelChecking

extension PCPIsolation {
  /// What was merged over the years against pages that linger on per-CPU lists.
  static let pieces: [Piece<Design>] = [
    Piece(
      "disable-first", "the lists are disabled before the block is isolated and relied upon",
      source: "ec6e8c7e0314 (v5.11)"
    ) { if $0.plan == .disable { $0.plan = .disableAfter } },
    Piece(
      "high-before-drain", "high is set to 0 before the drain", source: "ec6e8c7e0314"
    ) { $0.pieces.drainsBeforeDisabling = true },
    Piece(
      "forced-drain", "the drain visits every CPU, also those whose count reads 0",
      source: "ec6e8c7e0314"
    ) { $0.pieces.forcesDrain = false },
    Piece(
      "count-under-lock", "a drain looks at pcp->count with pcp->lock held",
      source: "66eca1021a42 (v6.11)"
    ) { if $0.drain == .countUnderLock { $0.drain = .countBeforeLock } },
    Piece(
      "second-read", "a flush reads the migratetype again under zone->lock",
      source: "51bb1a4093cc (v3.18)"
    ) { $0.free.rereadsMigratetype = false },
    Piece(
      "batch-high-lock", "every writer of high holds pcp_batch_high_lock, the isolator throughout",
      source: "ec6e8c7e0314"
    ) {
      $0.pieces.takesLock = false
      if $0.otherWriter == .withLock { $0.otherWriter = .withoutLock }
    },
    Piece(
      "enable-after-undo", "the lists are enabled again after the isolation is undone",
      source: "ec6e8c7e0314"
    ) { $0.enablesBeforeUndo = true },
    Piece(
      "repeated-drain", "the lists are drained again while a page of the block is missing",
      source: "968318261221 (v5.9), dropped by ec6e8c7e0314"
    ) { if $0.retry == .drain { $0.retry = .none } },
    Piece(
      "batch-before-high", "pageset_update() writes batch before high",
      source: "7.5: pageset_update()"
    ) { if $0.pieces.limits == .batchFirst { $0.pieces.limits = .highFirst } },
    Piece(
      "first-test", "a free to an isolated block passes the CPU's list by",
      source: "7.5: free_unref_page(), the third class of frees"
    ) { $0.free.testsMigratetype = false },
  ]
}
