import Foundation
import ModelChecking

extension KeptResult {
  /// The largest file that is read, in bytes.
  public static let largestFile = 1 << 28

  /// The file of a check: what is kept, with a checksum, and the report of `check` for whoever reads it.
  public func json(_ report: CheckReport) throws -> String {
    try JSONEncoder.report.text(File(kept: try Sealed(self), report: JSONForm(report)))
  }

  /// What a file keeps.
  ///
  /// - Throws: `InputError` that says what is wrong with the file, as in "it is empty".
  public init(json: Data) throws(InputError) {
    if json.isEmpty { throw InputError("it is empty") }
    guard let file = try? JSONDecoder().decode(Holder.self, from: json) else {
      throw InputError("it is no result of a sweep, or was cut off or damaged")
    }
    try file.kept.requireWhole()
    guard file.kept.content.format == Self.currentFormat else {
      throw InputError(
        "it is of format \(file.kept.content.format), and this program reads \(Self.currentFormat)")
    }
    self = file.kept.content
  }

  private struct File: Encodable {
    let kept: Sealed<KeptResult>
    let report: JSONForm
  }

  private struct Holder: Decodable {
    let kept: Sealed<KeptResult>
  }
}
