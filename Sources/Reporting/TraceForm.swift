/// What the table of a trace is for.
enum TraceForm: Equatable {
  /// A report, which marks a step by a `>` and shows all.
  case report
  /// A changelog, which has functions written as such, and carets under what the trace is shown for; without
  /// the steps of these numbers, counted from 1.
  case changelog(leavingOut: Set<Int>)

  /// Whether a step, counted from 1, is left out.
  func leavesOut(_ number: Int) -> Bool {
    if case .changelog(let steps) = self { steps.contains(number) } else { false }
  }

  /// What a function or a step is called.
  func name(_ name: String) -> String { self == .report ? name : name.asFunction }
}

extension String {
  /// The name of a function with its parentheses, also before an answer: "PageLRU(): no". What isn't the name
  /// of a function stays as it is: a statement, a call with its arguments, a constant.
  fileprivate var asFunction: String {
    let name = prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
    let rest = dropFirst(name.count)
    let isFunction =
      name.first.map { !$0.isNumber } ?? false && name.contains { $0.isLowercase }
      && (rest.isEmpty || rest.hasPrefix(": "))
    return isFunction ? "\(name)()\(rest)" : self
  }
}
