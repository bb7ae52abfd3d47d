import Foundation
import ModelChecking

/// Something that a file keeps, with a checksum over all of it.
struct Sealed<Content: Codable>: Codable {
  let checksum: String
  let content: Content

  init(_ content: Content) throws(InputError) {
    checksum = try Self.checksum(of: content)
    self.content = content
  }

  /// - Throws: `InputError` where it was changed since.
  func requireWhole() throws(InputError) {
    if try checksum != Self.checksum(of: content) {
      throw InputError("it was changed or damaged: its checksum does not fit")
    }
  }

  private static func checksum(of content: Content) throws(InputError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var hash = StableHash()
    do {
      hash.add(String(decoding: try encoder.encode(content), as: UTF8.self))
    } catch {
      throw InputError("it could not be encoded: \(error)")
    }
    return hash.text
  }
}
