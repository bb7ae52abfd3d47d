#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A stretch of zeroed memory straight from the operating system.
///
/// Address space is reserved at once; a page of it counts as used only after it was first written.
/// So a large stretch can be reserved for what may come and costs nothing until it does. It is given
/// back when its owner goes.
struct MappedMemory: ~Copyable {
  private let base: UnsafeMutableRawPointer
  let byteCount: Int

  #if canImport(Darwin)
    private static let flags = MAP_PRIVATE | MAP_ANON
  #else
    private static let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
  #endif

  /// Reserves `byteCount` bytes; nil if the system refuses.
  init?(byteCount: Int) {
    let size = max(byteCount, 1)
    guard let base = mmap(nil, size, PROT_READ | PROT_WRITE, Self.flags, -1, 0),
      base != MAP_FAILED
    else { return nil }
    self.base = base
    self.byteCount = size
    useHugePages()
  }

  deinit { munmap(base, byteCount) }

  /// Gives its pages back; it then reads as zeros.
  func discard() { madvise(base, byteCount, MADV_DONTNEED) }

  /// Gives back the pages that lie wholly in a range of bytes.
  func discard(_ bytes: Range<Int>) {
    assert(bytes.lowerBound >= 0 && bytes.upperBound <= byteCount)
    let page = Int(getpagesize())
    let (first, end) = ((bytes.lowerBound + page - 1) / page * page, bytes.upperBound / page * page)
    if first < end { madvise(base + first, end - first, MADV_DONTNEED) }
  }

  /// Some of its bytes, as they are now.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    assert(range.lowerBound >= 0 && range.upperBound <= byteCount)
    return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// Puts pages of a file, which has the same bytes at the same place, where some of its own were. They can
  /// be read and not written.
  func map(_ bytes: Range<Int>, from descriptor: Int32) {
    assert(bytes.lowerBound >= 0 && bytes.upperBound <= byteCount)
    let place = mmap(
      base + bytes.lowerBound, bytes.count, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor,
      off_t(bytes.lowerBound))
    // What lay there may be lost now.
    if place == MAP_FAILED { Trap(code: .statesOnDisk, words: []).raise() }
  }

  /// Gives up pages of a file that are in memory; whoever reads them has them read again.
  func release(_ bytes: Range<Int>) { discard(bytes) }

  /// Puts zeros in place of everything, pages of files included.
  func clear() {
    _ = mmap(base, byteCount, PROT_READ | PROT_WRITE, Self.flags | MAP_FIXED, -1, 0)
  }

  /// All of it, for whoever knows what lies there.
  func elements<Element: ~Copyable>(
    of _: Element.Type
  ) -> UnsafeMutablePointer<Element> {
    base.assumingMemoryBound(to: Element.self)
  }

  /// Random access over gigabytes spends its time in address translation, of which 2 MiB pages
  /// need 512 times less. The first megabytes stay ordinary so that small searches start at once.
  private func useHugePages() {
    #if os(Linux)
      let ordinaryBytes = 4 << 20
      if byteCount > 2 * ordinaryBytes {
        madvise(base + ordinaryBytes, byteCount - ordinaryBytes, MADV_HUGEPAGE)
      }
    #endif
  }
}
