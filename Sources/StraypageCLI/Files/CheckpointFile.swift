import Foundation
import ModelChecking

/// A file that keeps a search while it goes on.
///
/// It holds a line that says what it is, the length of the header, the header as JSON, the states and a digest
/// of all that, each from a multiple of 8 bytes on. It is written beside its place and takes it when all is on
/// the disk, so that there is always the last one that was whole.
struct CheckpointFile {
  private static let title = "checkpoint of search  1\n"

  private struct Header: Codable {
    let identity: SearchIdentity
    let search: SavedSearch
  }

  let path: String
  private let identity: SearchIdentity
  private let file: OutputFile

  /// - Throws: `InputError` where the file can't be written, and where it is no ordinary one.
  init(_ path: String, _ identity: SearchIdentity) throws(InputError) {
    self.path = path
    self.identity = identity
    file = try OutputFile(report: path)
    try file.ordinary()
  }

  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Takes it away, once it is of no more use.
  func remove() { unlink(path) }

  // MARK: Writing

  /// - Throws: `InputError` where it can't be written; the one before is then still there.
  func write(
    _ search: SavedSearch, _ states: UnsafeRawBufferPointer
  ) throws(InputError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var header: [UInt8]
    do {
      header = try Array(encoder.encode(Header(identity: identity, search: search)))
    } catch {
      throw InputError("the checkpoint could not be encoded: \(error)")
    }
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    let start = Array(Self.title.utf8) + Self.bytes(of: UInt64(header.count)) + header
    var digest = Digest()
    start.withUnsafeBytes { digest.add($0) }
    digest.add(states)
    let end = Self.bytes(of: digest.value)
    try file.replace { descriptor throws(SystemError) in
      try StraypageCLI.write(start, to: descriptor)
      try StraypageCLI.write(states, to: descriptor)
      try StraypageCLI.write(end, to: descriptor)
    }
  }

  private static func bytes(of word: UInt64) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }

  // MARK: Reading

  /// What to go on with. All of the file is read once before anything of it is used.
  ///
  /// - Throws: `InputError` that names the file where it is damaged, or of another search.
  func read() throws(InputError) -> Checkpoints.Start {
    do throws(InputError) {
      return try start(of: checked())
    } catch {
      throw InputError("'\(path)' is nothing to go on from: \(error.message)")
    }
  }

  private func start(
    of handle: FileHandle
  ) throws(InputError) -> Checkpoints.Start {
    let (header, begin) = try header(of: handle)
    for (what, value) in identity.sorted(by: { $0.key > $1.key })
    where header.identity[what] != value {
      throw InputError(
        "it is of another \(what), '\((header.identity[what] ?? "").abridged)', and this is "
          + "'\(value.abridged)'")
    }
    return Checkpoints.Start(header.search) { memory throws(InputError) in
      try Self.seek(handle, to: begin)
      try Self.fill(memory, from: handle)
    }
  }

  /// The file, known to be whole.
  private func checked() throws(InputError) -> FileHandle {
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw InputError("it can't be read")
    }
    let size = try Self.size(of: handle)
    let title = Array(Self.title.utf8)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
    defer { piece.deallocate() }
    guard size >= title.count else { throw InputError("it was cut off") }
    try Self.fill(UnsafeMutableRawBufferPointer(rebasing: piece[..<title.count]), from: handle)
    guard piece[..<title.count].elementsEqual(title) else {
      throw InputError("it is no checkpoint")
    }
    guard size % 8 == 0, size >= title.count + 16 else { throw InputError("it was cut off") }
    try Self.seek(handle, to: 0)
    var digest = Digest()
    var left = size - 8
    while left > 0 {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(left, piece.count)])
      try Self.fill(part, from: handle)
      digest.add(UnsafeRawBufferPointer(part))
      left -= part.count
    }
    try Self.fill(UnsafeMutableRawBufferPointer(rebasing: piece[..<8]), from: handle)
    guard UInt64(littleEndian: piece.load(as: UInt64.self)) == digest.value else {
      throw InputError("it was damaged or cut off: its digest does not fit")
    }
    return handle
  }

  private func header(of handle: FileHandle) throws(InputError) -> (Header, statesBegin: Int) {
    let prefix = Self.title.utf8.count
    let size = try Self.size(of: handle)
    var word: UInt64 = 0
    try Self.seek(handle, to: prefix)
    try withUnsafeMutableBytes(of: &word) { bytes throws(InputError) in
      try Self.fill(bytes, from: handle)
    }
    let begin = prefix + 8
    guard let length = Int(exactly: UInt64(littleEndian: word)), length <= size - begin - 8,
      let data = try? handle.read(upToCount: length), data.count == length,
      let header = try? JSONDecoder().decode(Header.self, from: data),
      header.search.byteCount == size - begin - length - 8
    else { throw InputError("it is of another version of the program") }
    return (header, begin + length)
  }

  private static func size(of handle: FileHandle) throws(InputError) -> Int {
    guard let size = try? handle.seekToEnd() else { throw InputError("it can't be read") }
    try seek(handle, to: 0)
    return Int(clamping: size)
  }

  private static func seek(_ handle: FileHandle, to offset: Int) throws(InputError) {
    do {
      try handle.seek(toOffset: UInt64(offset))
    } catch {
      throw InputError("it can't be read")
    }
  }

  private static func fill(
    _ memory: UnsafeMutableRawBufferPointer, from handle: FileHandle
  ) throws(InputError) {
    var done = 0
    while done < memory.count {
      let count = Foundation.read(
        handle.fileDescriptor, memory.baseAddress! + done, memory.count - done)
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        throw InputError(
          count == 0 ? "it was cut off" : "it can't be read: \(SystemError.last.reason)")
      }
    }
  }
}

/// FNV-1a with 64-bit words in place of bytes: no change of one word goes unseen.
struct Digest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// - Parameter bytes: a multiple of 8 of them.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var value = value
    for offset in stride(from: 0, to: bytes.count, by: 8) {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      value = (value ^ word) &* 0x100_0000_01b3
      value ^= value >> 32
    }
    self.value = value
  }
}
