import CUnlinkedFile

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file without a name, which is gone when nobody has it open any more.
struct UnlinkedFile: ~Copyable {
  let descriptor: Int32

  /// - Throws: where the folder is none, or no file can be made in it.
  init(in folder: String) throws(SystemFailure) {
    descriptor = straypage_unlinked_file(folder)
    if descriptor < 0 { throw .last }
  }

  deinit { close(descriptor) }

  /// The bytes that are free where it lies, for those who have no special rights.
  func freeBytes() throws(SystemFailure) -> Int {
    var system = statvfs()
    if fstatvfs(descriptor, &system) != 0 { throw .last }
    return Int(clamping: UInt64(system.f_bavail)) * Int(clamping: UInt64(system.f_frsize))
  }

  /// Throws where such a file can't be read as memory.
  func requireMapping() throws(SystemFailure) {
    let page = Int(getpagesize())
    let place = mmap(nil, page, PROT_READ, MAP_SHARED, descriptor, 0)
    if place == MAP_FAILED { throw .last }
    munmap(place, page)
  }

  /// Its bytes, as far as they are there.
  func size() throws(SystemFailure) -> Int {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw .last }
    return Int(status.st_size)
  }

  /// Waits until all that was written is on the disk.
  func synchronize() throws(SystemFailure) {
    #if canImport(Darwin)
      let answer = retried { fsync(descriptor) }
    #else
      let answer = retried { fdatasync(descriptor) }
    #endif
    if answer != 0 { throw .last }
  }

  /// Gives back what lies behind some bytes.
  func cut(to byteCount: Int) { _ = retried { ftruncate(descriptor, off_t(byteCount)) } }

  private func retried(_ call: () -> Int32) -> Int32 {
    while true {
      let answer = call()
      if answer == 0 || errno != EINTR { return answer }
    }
  }
}
