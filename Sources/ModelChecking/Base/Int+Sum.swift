extension Int {
  /// The sum; nil where it is too large.
  package func sum(_ other: Int) -> Int? {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    return isTooLarge ? nil : sum
  }
}
