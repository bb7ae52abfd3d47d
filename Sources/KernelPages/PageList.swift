import ModelChecking

/// Pages of a block in the order of a list, the head first: `struct list_head`. A page is on it at most
/// once, and is named by its number in the block.
public struct PageList: FieldValue {
  public let code: Int
  public init(code: Int) { self.code = code }

  /// A digit for each place, 1 more than the page's number; the head is the last digit.
  private static let base = 8

  /// The list with nothing on it.
  public static let empty = PageList(code: 0)

  public init(_ numbers: [Int]) {
    code = numbers.reversed().reduce(0) { $0 * Self.base + $1 + 1 }
  }

  /// The numbers of the pages, the head first.
  public var numbers: [Int] {
    var rest = code
    var numbers: [Int] = []
    while rest > 0 {
      // Between the codes of lists there are some of none, with which checks of footprints try a step.
      if rest % Self.base > 0 { numbers.append(rest % Self.base - 1) }
      rest /= Self.base
    }
    return numbers
  }

  public var isEmpty: Bool { code == 0 }

  public var label: String {
    isEmpty ? "empty" : numbers.map { "page\($0)" }.joined(separator: ", ")
  }

  /// `list_add()`: at the head.
  mutating func add(_ number: Int) { self = PageList([number] + numbers) }

  /// `list_add_tail()`.
  mutating func addTail(_ number: Int) { self = PageList(numbers + [number]) }

  /// `list_del()` of `list_first_entry()`, the page that was added last.
  mutating func removeFirst() -> Int? {
    let numbers = numbers
    self = PageList(Array(numbers.dropFirst()))
    return numbers.first
  }

  /// `list_del()` of `list_last_entry()`, the page that has been there longest.
  mutating func removeLast() -> Int? {
    let numbers = numbers
    self = PageList(Array(numbers.dropLast()))
    return numbers.last
  }
}

extension FieldDomain where Value == PageList {
  /// The lists of up to `count` pages.
  static func lists(of count: Int) -> Self {
    var most = 0
    for _ in 0..<count { most = most * 8 + count }
    return .codes(0...most)
  }
}
