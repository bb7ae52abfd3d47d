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
    guard let object = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any] else {
      throw InputError("it is no JSON report, or was cut off or damaged")
    }
    if object["kept"] != nil || object["checks"] != nil && object["model"] != nil {
      throw InputError(
        "it is of 'sweep', whose parts need no merging: put the files of all their '--results' into one folder, and "
          + "'sweep' with that folder tells of them together")
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
    let part = form.content
    guard part.format == ShardReport.currentFormat else {
      throw InputError(
        "its part is of format \(part.format), and this program reads \(ShardReport.currentFormat)")
    }
    try form.requireWhole()
    _ = try Shard(part.shard.number, of: part.shard.count)
    self = part
  }

  private struct Holder: Decodable {
    let part: Sealed<ShardReport>?
  }
}
