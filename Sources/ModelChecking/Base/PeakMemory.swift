#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The most memory that the process had resident, in bytes; 0 where the system doesn't tell.
///
/// Linux tells it in /proc/self/status. `getrusage` would not do there: its figure starts with the
/// memory of the process that started this one.
func peakResidentBytes() -> Int {
  #if os(Linux)
    guard let file = fopen("/proc/self/status", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      var kilobytes: Int = 0
      let found = withUnsafeMutablePointer(to: &kilobytes) { target in
        withVaList([target]) { vsscanf(line, "VmHWM: %ld kB", $0) }
      }
      if found == 1 { return kilobytes << 10 }
    }
    return 0
  #else
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return usage.ru_maxrss
  #endif
}
