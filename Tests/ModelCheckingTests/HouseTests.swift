import Foundation
import Testing

@Suite("The rooms of the engine")
struct HouseTests {
  /// From the ground up: a room knows those before it.
  static let rooms = [
    "Base", "State", "Program", "System", "Semantics", "Walks", "Store", "Search", "Model",
    "Campaign",
  ]

  private static let engine = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/ModelChecking")

  @Test("are those that the design names")
  func areNamed() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.engine.path)
    #expect(folders.filter { !$0.hasSuffix(".docc") }.sorted() == Self.rooms.sorted())
  }

  @Test("know nothing of the rooms above", arguments: rooms)
  func noArrowPointsUp(room: String) throws {
    let above = Self.rooms.drop { $0 != room }.dropFirst()
    let types = try Dictionary(
      above.flatMap { upper in try Self.types(in: upper).map { ($0, upper) } },
      uniquingKeysWith: { first, _ in first })
    for file in try Self.files(in: room) {
      let words = try Set(
        Self.code(of: file).matches(of: /[A-Za-z_][A-Za-z0-9_]*/).map { String($0.0) })
      for type in words.sorted() {
        if let upper = types[type] {
          Issue.record("\(room)/\(file.lastPathComponent) knows \(type), of \(upper)")
        }
      }
    }
  }

  @Test("have something to be found in each")
  func typesAreFound() throws {
    #expect(try Self.types(in: "State").contains("StateLayout"))
    #expect(try Self.types(in: "Search").contains("ReferenceSearch"))
    for room in Self.rooms { #expect(try !Self.types(in: room).isEmpty) }
  }

  private static func files(in room: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: engine.appending(path: room), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
  }

  /// The types that a room declares, those inside others left out.
  private static func types(in room: String) throws -> Set<String> {
    let declaration =
      /(?m)^(?:@\w+ )*(?:(?:public|package|private|fileprivate|indirect|final) )*(?:struct|class|enum|protocol|typealias) (\w+)/
    return try Set(
      files(in: room).flatMap { file in
        try code(of: file).matches(of: declaration).map { String($0.1) }
      })
  }

  /// A file without its comments and texts.
  private static func code(of file: URL) throws -> String {
    try String(contentsOf: file, encoding: .utf8)
      .replacing(/"""(?s:.*?)"""/, with: "")
      .replacing(/"(?:\\.|[^"\\\n])*"/, with: "")
      .replacing(/\/\/[^\n]*/, with: "")
  }
}
