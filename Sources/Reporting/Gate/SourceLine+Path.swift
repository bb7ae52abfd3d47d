import Foundation
import ModelChecking

extension SourceLine {
  /// The line as traces show it behind a step, where the reader has the file: ":12" of a race file, nothing
  /// of Swift.
  var mark: String { file.hasSuffix(".race") || file.hasSuffix(".litmus") ? "  :\(line)" : "" }

  /// The file as others find it: its path below the repository's root.
  ///
  /// Where the sources are not on this machine, because the program was built on another, it is the
  /// path below the package by the usual names of its folders. No folder above is ever shown.
  public var path: String {
    let parts = file.split(separator: "/").map(String.init)
    let below = (0..<max(0, parts.count - 1)).reversed().first { count in
      let folder = (file.hasPrefix("/") ? "/" : "") + parts.prefix(count).joined(separator: "/")
      return FileManager.default.fileExists(atPath: folder + "/.git")
    }
    let usual = parts.dropLast().lastIndex { ["Sources", "Tests"].contains($0) }
    return parts.dropFirst(below ?? usual ?? max(0, parts.count - 2)).joined(separator: "/")
  }
}
