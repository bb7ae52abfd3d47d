import Foundation

/// A file of this package's source.
struct SourceFile {
  /// From the folder that was asked for.
  let path: String
  let text: String

  private static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().appending(path: "../..").standardized

  init(_ path: String, in folder: String) throws {
    self.path = path
    let place = Self.package.appending(path: folder).appending(path: path)
    text = try String(contentsOf: place, encoding: .utf8)
  }

  /// The files below a folder, in the order of their paths.
  static func all(in folder: String, ending: String) throws -> [SourceFile] {
    let place = package.appending(path: folder).path
    return try FileManager.default.subpathsOfDirectory(atPath: place)
      .filter { $0.hasSuffix(ending) }.sorted().map { try SourceFile($0, in: folder) }
  }
}
