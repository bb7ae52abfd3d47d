import Foundation
import ModelChecking

extension ShardReport {
  /// The largest file that is read, in bytes.
  public static let largestFile = 1 << 30

  /// The part that a report holds.
  ///
  /// - Throws: `InputError` that says what is wrong with the report, as in "it is empty".
  public init(report json: Data) throws(InputError) {
    if json.isEmpty { throw InputError("it is empty") }
    guard (try? JSONSerialization.jsonObject(with: json)) is [String: Any] else {
      throw InputError("it is no JSON report, or was cut off or damaged")
    }
    let report: Holder
    do {
      report = try JSONDecoder().decode(Holder.self, from: json)
    } catch {
      throw InputError("what it says of its part was damaged, or is of another program")
    }
    guard let form = report.part else {
      throw InputError("it is no part of a report: it was written without '--shard'")
    }
    guard form.part.format == ShardReport.currentFormat else {
      throw InputError(
        "its part is of format \(form.part.format), and this program reads \(ShardReport.currentFormat)"
      )
    }
    guard try form.checksum == ShardForm(form.part).checksum else {
      throw InputError("its part was changed or damaged: its checksum does not fit")
    }
    _ = try Shard(form.part.shard.number, of: form.part.shard.count)
    self = form.part
  }

  private struct Holder: Decodable {
    let part: ShardForm?
  }
}

/// A part as a report has it, with a checksum over all of it.
struct ShardForm: Codable {
  let checksum: String
  let part: ShardReport

  init(_ part: ShardReport) throws(InputError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var hash = StableHash()
    do {
      hash.add(String(decoding: try encoder.encode(part), as: UTF8.self))
    } catch {
      throw InputError("the part could not be encoded: \(error)")
    }
    checksum = hash.text
    self.part = part
  }
}
