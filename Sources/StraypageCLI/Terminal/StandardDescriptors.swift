import Foundation

/// Input, output and error output, as the process was given them.
enum StandardDescriptors {
  /// Sees to it that no file of ours gets the place of one that is closed: what goes to standard
  /// output would be written into it. To be called before any file is opened.
  ///
  /// As before, nothing can be read from a closed input and nothing written to a closed output.
  static func occupy() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY),
    ] where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is the one that was missing.
      _ = open("/dev/null", mode)
    }
  }
}
