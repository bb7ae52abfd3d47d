/// Memory for a fixed number of elements, which goes when its owner goes.
///
/// It cannot be copied, so there is one owner. Inner loops work on `base`, which owns nothing and is
/// valid as long as the buffer is; all else asks by number, which a debug build checks.
struct OwnedBuffer<Element: ~Copyable>: ~Copyable {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  /// Makes the elements one by one, from their numbers.
  init(count: Int, _ makeElement: (_ number: Int) -> Element) {
    precondition(count >= 0)
    base = .allocate(capacity: count)
    for number in 0..<count { (base + number).initialize(to: makeElement(number)) }
    self.count = count
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }

  var indices: Range<Int> { 0..<count }

  subscript(number: Int) -> Element {
    _read {
      assert(indices.contains(number), "element \(number) of \(count)")
      yield base[number]
    }
    nonmutating _modify {
      assert(indices.contains(number), "element \(number) of \(count)")
      yield &base[number]
    }
  }
}

extension OwnedBuffer {
  init(repeating element: Element, count: Int) { self.init(count: count) { _ in element } }

  init(_ elements: [Element]) { self.init(count: elements.count) { elements[$0] } }

  var isEmpty: Bool { count == 0 }

  /// The elements to read, for as long as the buffer is there.
  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }
}
