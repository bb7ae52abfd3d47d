/// Expands single states after the search, for traces and goals.
struct Expander {
  private let stepper: Stepper
  private let scratch: UnsafeMutablePointer<UInt64>

  fileprivate init(_ table: StepTable) {
    stepper = Stepper(table)
    scratch = .allocate(capacity: table.wordCount)
  }

  fileprivate func deallocate() {
    stepper.deallocate()
    scratch.deallocate()
  }

  /// Calls `visit` for each enabled step with its alternative, actor, whether it raised a fault, and
  /// the state it leads to, which is valid during the call.
  func forEachSuccessor(
    of state: UnsafePointer<UInt64>,
    visit: (Int, Int, Bool, UnsafePointer<UInt64>) -> Void
  ) {
    stepper.forEachSuccessor(of: state) {
      scratch
    } visit: { alternative, actor, faulted in
      visit(alternative, actor, faulted, scratch)
    }
  }
}

/// Lends an expander for a search's system.
func withExpander<Result>(_ search: FastSearch, _ body: (Expander) -> Result) -> Result {
  let expander = Expander(search.table)
  defer { expander.deallocate() }
  return body(expander)
}
