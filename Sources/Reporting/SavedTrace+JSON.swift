import Foundation
import ModelChecking

extension SavedTrace {
  /// The largest file that is read, in bytes: room for some 50,000 steps.
  public static let largestFile = 32 << 20

  /// The trace as a file holds it, described in Docs/SavedTraces.md.
  public func json() throws -> String {
    try JSONEncoder.report.text(self)
  }

  /// The trace that a file holds.
  ///
  /// - Throws: `InputError` that says what is wrong with it, as in "it is empty".
  public init(json: Data) throws(InputError) {
    if json.isEmpty { throw InputError("it is empty") }
    // The decoder would guess at other encodings, and take its guess for what is wrong.
    let isWide = json.prefix(4).contains(0) && json.prefix(4).contains { $0 >= 9 }
    if isWide || String(validating: json, as: UTF8.self) == nil {
      throw InputError("it is not in UTF-8")
    }
    let format = try Self.decode(Envelope.self, from: json).traceFormat
    if format > Self.currentFormat {
      throw InputError(
        "it is of format \(format), and this program reads no newer one than \(Self.currentFormat)")
    }
    if format == 1 {
      throw InputError(
        "it is of format 1, which is no longer read; 'check --save-trace' makes a new file")
    }
    if format != Self.currentFormat { throw InputError("there is no trace format \(format)") }
    self = try Self.decode(SavedTrace.self, from: json)
    if end != nil && property == nil { throw InputError("its member 'property' is missing") }
    if end == nil && property != nil { throw InputError("its member 'end' is missing") }
  }

  /// What every version of the form has.
  private struct Envelope: Decodable {
    let traceFormat: Int
  }

  private static func decode<Form: Decodable>(
    _ form: Form.Type, from json: Data
  ) throws(InputError) -> Form {
    do {
      return try JSONDecoder().decode(form, from: json)
    } catch let error as DecodingError {
      throw InputError(description(of: error, in: json))
    } catch {
      throw InputError("it is no JSON")
    }
  }

  private static func description(of error: DecodingError, in json: Data) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      let member = path(context.codingPath + [key])
      return member == "traceFormat"
        ? "it is no saved trace: it has no member 'traceFormat'"
        : "its member '\(member)' is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      if context.codingPath.isEmpty { return "it is no saved trace: it is no JSON object" }
      return "its member '\(path(context.codingPath))' must be \(name(of: type))"
    case .dataCorrupted(let context):
      if context.codingPath.isEmpty {
        // The decoder tells a number that is no Int and a broken file by the same error.
        let isJSON = (try? JSONSerialization.jsonObject(with: json)) != nil
        return isJSON
          ? "one of its numbers is too large, or no whole number" : "it is no JSON, or was cut off"
      }
      let member = path(context.codingPath)
      let allowed = FindingKind.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      return member == "end"
        ? "its member 'end' must be one of \(allowed)"
        : "its member '\(member)' has a value that can't be read"
    @unknown default:
      return "it can't be read as a saved trace"
    }
  }

  /// A member's place, as in "steps[2].reads[0].field".
  private static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path + (path.isEmpty ? "" : ".") + key.stringValue.abridged
    }
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is [Any].Type: "a list"
    default: "an object"
    }
  }
}
