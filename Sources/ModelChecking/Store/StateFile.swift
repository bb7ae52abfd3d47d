#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import CTrap

/// A file that has the first bytes of some memory, which is read from it.
///
/// Bytes are written, and are on the disk, before the memory is given up in which they lay; then the pages of the
/// file stand in its place. So whoever reads them goes on reading memory, and the system may take the pages back
/// at any time, as they are no more than a copy. Reading them may fail where the disk does: that is caught like a
/// trap in an author's function (`Trap`).
final class StateFile {
  /// So much is written at a time: what is in memory twice.
  private static let pieceSize = 64 << 20

  private let space: DiskSpace
  private let file: UnlinkedFile
  /// The bytes that lie in it, in whole pages.
  private(set) var byteCount = 0

  /// - Throws: why there is none.
  init(in space: DiskSpace) throws(DiskTrouble) {
    self.space = space
    do throws(SystemFailure) {
      file = try UnlinkedFile(in: space.folder)
    } catch {
      throw DiskTrouble(error)
    }
    straypage_expect_unreadable(Unmanaged.passUnretained(AuthorCode.statesOnDisk).toOpaque())
  }

  deinit { space.giveBack(byteCount) }

  /// What of some bytes are whole pages.
  static func wholePages(of byteCount: Int) -> Int {
    let page = Int(getpagesize())
    return byteCount / page * page
  }

  /// Takes over the whole pages of some memory before `end` that it has not.
  ///
  /// - Throws: why it has not all of them; those before are taken over.
  func takeOver(
    _ memory: borrowing MappedMemory, upTo end: Int
  ) throws(DiskTrouble) {
    let end = Self.wholePages(of: end)
    while byteCount < end {
      let wanted = min(end - byteCount, Self.pieceSize)
      let granted = space.take(wanted)
      let count = Self.wholePages(of: granted)
      space.giveBack(granted - count)
      if count == 0 { throw .limit }
      do throws(SystemFailure) {
        // What is written behind an end that somebody has moved would make zeros of what is missing.
        if try file.size() < byteCount { Trap(code: .statesOnDisk, words: []).raise() }
        try write(memory.bytes(byteCount..<(byteCount + count)))
        try file.synchronize()
      } catch {
        file.cut(to: byteCount)
        space.giveBack(count)
        throw DiskTrouble(error)
      }
      memory.map(byteCount..<(byteCount + count), from: file.descriptor)
      byteCount += count
    }
  }

  /// Gives back what it has. Nobody may read it any more.
  func clear() {
    file.cut(to: 0)
    space.giveBack(byteCount)
    byteCount = 0
  }

  /// Writes some bytes behind what it has.
  private func write(_ bytes: UnsafeRawBufferPointer) throws(SystemFailure) {
    var done = 0
    while done < bytes.count {
      let count = space.write(
        file.descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(byteCount + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw SystemFailure(number: EIO)
      } else if errno != EINTR {
        throw .last
      }
    }
  }
}
