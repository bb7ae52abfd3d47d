import Foundation

/// What the operating system answered in place of doing something.
struct SystemError: Error, Equatable {
  let number: Int32

  init(_ number: Int32) { self.number = number }

  /// The error of the call that just failed.
  static var last: SystemError { SystemError(errno) }

  /// In the system's own words, such as "Permission denied".
  var reason: String { String(cString: strerror(number)) }
}

extension SystemError {
  /// The same of an error of Foundation's, where it says.
  static func reason(of error: any Error) -> String {
    if let error = error as? SystemError { return error.reason }
    let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    return cause.map { SystemError(Int32($0.code)).reason } ?? "the system refuses it"
  }
}

/// Writes all of some bytes to a descriptor.
func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) throws(SystemError) {
  let failure = Array(bytes).withUnsafeBytes { bytes -> SystemError? in
    do throws(SystemError) {
      try write(bytes, to: descriptor)
      return nil
    } catch {
      return error
    }
  }
  if let failure { throw failure }
}

/// The same of bytes in memory, which stay where they are.
func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) {
  var done = 0
  while done < bytes.count {
    let count = Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
    if count >= 0 {
      done += count
    } else if errno == EAGAIN {
      // Somebody shares the descriptor and has made it non-blocking.
      var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&wait, 1, -1)
    } else if errno != EINTR {
      throw .last
    }
  }
}
