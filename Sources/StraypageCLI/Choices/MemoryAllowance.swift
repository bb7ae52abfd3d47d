import Foundation

/// The memory that this process may have, which may be less than the machine's.
package struct MemoryAllowance: Equatable, Sendable {
  /// The bytes of the machine, or of the smallest control group that the process is in.
  package let bytes: Int
  /// The bytes of address space, where these are limited.
  package let addressSpace: Int?

  /// The limit of memory where none is asked for: what leaves room for others, and for what a search
  /// reserves without using it, which is up to half as much again.
  package var usualLimit: Int {
    min(bytes / 4 * 3, max(0, (addressSpace ?? .max) - Self.programBytes) / 2)
  }

  /// Address space of the program, its libraries and its threads.
  private static let programBytes = 192 << 20

  static var ofThisProcess: MemoryAllowance {
    MemoryAllowance(
      physicalBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory),
      addressSpace: limitOfAddressSpace
    ) { try? String(contentsOfFile: $0, encoding: .utf8) }
  }

  /// - Parameter read: the text of a file, if it is there.
  package init(physicalBytes: Int, addressSpace: Int?, read: (String) -> String?) {
    bytes = ([physicalBytes] + ControlGroups(read).limits(read)).min() ?? physicalBytes
    self.addressSpace = addressSpace
  }

  /// What 'ulimit -v' and 'ulimit -d' say.
  private static var limitOfAddressSpace: Int? {
    #if canImport(Glibc)
      let resources = [Int32(RLIMIT_AS.rawValue), Int32(RLIMIT_DATA.rawValue)]
    #else
      let resources = [RLIMIT_AS, RLIMIT_DATA]
    #endif
    let limits = resources.compactMap { resource -> Int? in
      var limit = rlimit()
      guard getrlimit(resource, &limit) == 0, limit.rlim_cur < UInt64(Int64.max) else { return nil }
      return Int(limit.rlim_cur)
    }
    return limits.min()
  }
}

/// Where Linux keeps the limits of the control groups of a process, of either version.
private struct ControlGroups {
  /// A group with the file that has its limit, and how far up the groups above it go.
  private struct Place {
    let folder: String
    let top: String
    let file: String
  }

  private var places: [Place] = []

  init(_ read: (String) -> String?) {
    let paths = Self.paths(read("/proc/self/cgroup") ?? "")
    for line in (read("/proc/self/mountinfo") ?? "").split(separator: "\n") {
      // "36 35 98:0 /root /mount/point rw,noatime master:1 - type source options"
      let halves = line.split(separator: " - ", maxSplits: 1)
      guard halves.count == 2 else { continue }
      let mount = halves[0].split(separator: " ")
      let system = halves[1].split(separator: " ")
      guard mount.count > 4, system.count > 2 else { continue }
      let options = system[2].split(separator: ",")
      let isNew = system[0] == "cgroup2"
      guard isNew || (system[0] == "cgroup" && options.contains("memory")),
        let path = paths[isNew ? "" : "memory"]
      else { continue }
      // In a container the mount may begin at the container's own group.
      let root = mount[3] == "/" ? "" : String(mount[3])
      let isBelow = path.hasPrefix(root) && !path.contains("..")
      let below = isBelow ? String(path.dropFirst(root.count)) : ""
      let top = String(mount[4]).replacing("\\040", with: " ")
      places.append(
        Place(
          folder: top + (below == "/" ? "" : below), top: top,
          file: isNew ? "memory.max" : "memory.limit_in_bytes"))
    }
  }

  /// The limits in bytes of the process's groups and those above them.
  func limits(_ read: (String) -> String?) -> [Int] {
    places.flatMap { place in
      var limits: [Int] = []
      var folder = place.folder[...]
      while folder.count >= place.top.count {
        // Where there is no limit, "max" or a number beyond all machines.
        let text = read("\(folder)/\(place.file)") ?? ""
        if let limit = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)), limit > 0 {
          limits.append(limit)
        }
        guard let slash = folder.lastIndex(of: "/"), folder.count > place.top.count else { break }
        folder = folder[..<slash]
      }
      return limits
    }
  }

  /// By controller the process's group; that of version 2 by an empty name.
  private static func paths(_ text: String) -> [String: String] {
    var paths: [String: String] = [:]
    for line in text.split(separator: "\n") {
      // "4:memory:/path", "0::/path"
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      for controller in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
        paths[String(controller)] = String(parts[2])
      }
    }
    return paths
  }
}
