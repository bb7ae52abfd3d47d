#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import Synchronization

/// A folder in which states may lie, and how much they may take there.
///
/// Several searches may share it, and the limit is that of all together. No file of theirs has a name, so that
/// nothing is left behind, whatever ends the process.
public final class DiskSpace: Sendable {
  public let folder: String
  /// The bytes that states may take.
  public let byteLimit: Int

  /// `pwrite`. Tests have others.
  package typealias Write = @Sendable (Int32, UnsafeRawPointer, Int, off_t) -> Int
  let write: Write

  private let taken = Atomic<Int>(0)

  /// - Parameters:
  ///   - folder: one that is there.
  ///   - byteLimit: by default nine tenths of what is free there now.
  /// - Throws: `InputError` where no file can be made and read as memory there.
  public convenience init(folder: String, byteLimit: Int? = nil) throws(InputError) {
    try self.init(folder: folder, byteLimit: byteLimit) { pwrite($0, $1, $2, $3) }
  }

  /// The same where writing is something else.
  package init(
    folder: String, byteLimit: Int? = nil, write: @escaping Write
  ) throws(InputError) {
    self.folder = folder
    self.write = write
    do throws(SystemFailure) {
      let file = try UnlinkedFile(in: folder)
      try file.requireMapping()
      self.byteLimit = if let byteLimit { byteLimit } else { try file.freeBytes() / 10 * 9 }
    } catch {
      throw InputError("no states can lie in the folder '\(folder)': \(error.reason)")
    }
  }

  /// Takes some bytes of the limit: as many as are wanted, or as are left.
  func take(_ wanted: Int) -> Int {
    let before = taken.wrappingAdd(wanted, ordering: .relaxed).oldValue
    let granted = min(wanted, max(0, byteLimit - before))
    giveBack(wanted - granted)
    return granted
  }

  func giveBack(_ bytes: Int) { taken.wrappingSubtract(bytes, ordering: .relaxed) }
}

/// Why states found no more room on a disk.
public enum DiskTrouble: Error, Sendable, Equatable {
  /// They take what they may.
  case limit
  /// The system says that there is no room, in its words.
  case full(String)
  /// Another error of the system, in its words.
  case failed(String)

  /// In a few words.
  public var reason: String {
    switch self {
    case .limit: "the limit is reached"
    case .full(let reason), .failed(let reason): reason
    }
  }

  init(_ failure: SystemFailure) {
    self =
      [ENOSPC, EDQUOT].contains(failure.number) ? .full(failure.reason) : .failed(failure.reason)
  }
}

/// What a search has on a disk when it is over.
public struct DiskUse: Sendable, Equatable {
  public let folder: String
  public let bytes: Int
  /// The states that lie there.
  public let states: Int
  /// Why there are no more of them; nil where nobody was refused.
  public let trouble: DiskTrouble?
}

extension Trap {
  /// The error, which names the folder where it is states that can't be read again.
  func error(on disk: DiskSpace?) -> InputError {
    guard code === AuthorCode.statesOnDisk, let disk else { return error }
    return InputError("'\(disk.folder)': \(self)")
  }
}

/// What the operating system answered in place of doing something.
struct SystemFailure: Error {
  let number: Int32

  static var last: SystemFailure { SystemFailure(number: errno) }

  /// In the system's own words, such as "No space left on device".
  var reason: String { String(cString: strerror(number)) }
}
