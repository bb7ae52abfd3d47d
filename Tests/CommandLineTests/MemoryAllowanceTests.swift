import StraypageCLI
import Testing

@Suite("The memory that a process may have")
struct MemoryAllowanceTests {
  private static let machine = 16 << 30

  private func bytes(_ files: [String: String]) -> Int {
    MemoryAllowance(physicalBytes: Self.machine, addressSpace: nil) { files[$0] }.bytes
  }

  @Test("without control groups it is the machine's")
  func machine() {
    #expect(bytes([:]) == Self.machine)
    #expect(
      bytes(["/proc/self/cgroup": "nonsense\n\n:", "/proc/self/mountinfo": " - \n1 - 2"])
        == Self.machine)
  }

  @Test("of version 2, the smallest limit from the process's group upwards")
  func versionTwo() {
    var files = [
      "/proc/self/cgroup": "0::/batch/job 7/task\n",
      "/proc/self/mountinfo":
        "24 1 0:22 / /proc rw - proc proc rw\n30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n",
      "/sys/fs/cgroup/batch/job 7/task/memory.max": "max\n",
      "/sys/fs/cgroup/batch/job 7/memory.max": "3000000000\n",
      "/sys/fs/cgroup/batch/memory.max": "5000000000\n",
    ]
    #expect(bytes(files) == 3_000_000_000)
    files["/sys/fs/cgroup/batch/job 7/task/memory.max"] = "2000000000\n"
    #expect(bytes(files) == 2_000_000_000)
    files["/sys/fs/cgroup/memory.max"] = "1000000000\n"
    #expect(bytes(files) == 1_000_000_000)
    // What lies beside the path counts for nothing.
    files["/sys/fs/memory.max"] = "1\n"
    files["/sys/fs/cgroup/other/memory.max"] = "1\n"
    #expect(bytes(files) == 1_000_000_000)
  }

  @Test(
    "of version 1, also where a container shows its own group as the top", arguments: [true, false])
  func versionOne(isContainer: Bool) {
    let place = isContainer ? "" : "/docker/0ab"
    #expect(
      bytes([
        "/proc/self/cgroup": "9:cpu,cpuacct:/x\n4:hugetlb,memory:/docker/0ab\n0::/\n",
        "/proc/self/mountinfo":
          "40 30 0:30 \(isContainer ? "/docker/0ab" : "/") /sys/fs/cgroup/memory rw - cgroup cgroup rw,hugetlb,memory\n",
        "/sys/fs/cgroup/memory\(place)/memory.limit_in_bytes": "4294967296\n",
        "/sys/fs/cgroup/memory\(isContainer ? "/none" : "")/memory.limit_in_bytes":
          isContainer ? "1\n" : "9223372036854771712\n",
      ]) == (4 << 30))
  }

  @Test("a limit of address space leaves room for what is reserved and not used")
  func addressSpace() {
    func usual(_ addressSpace: Int?) -> Int {
      MemoryAllowance(physicalBytes: Self.machine, addressSpace: addressSpace) { _ in nil }
        .usualLimit
    }
    #expect(usual(nil) == 12 << 30)
    #expect(usual(100 << 30) == 12 << 30)
    #expect(usual(6 << 30) == (3 << 30) - (96 << 20))
  }
}
