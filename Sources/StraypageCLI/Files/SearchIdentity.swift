import Foundation
import ModelChecking

/// What a search must have in common with one that a file keeps, by what it is.
typealias SearchIdentity = [String: String]

extension SearchIdentity {
  /// - Parameters:
  ///   - lines: of the race file, where it is of one. What a step does is a function, of which a fingerprint can't
  ///     tell: it is in the program, or in the race file.
  ///   - question: what else is asked, in the words of a command line.
  init(
    _ tool: CommandLineTool, _ configuration: Configuration, _ system: System, lines: [String],
    question: [String]
  ) {
    var text = StableHash()
    for line in lines { text.add(line) }
    self = [
      "program": tool.title, "build of the program": buildOfProgram,
      "system": configuration.name,
      "version of the model": "\(system.fingerprint.digest) \(text.text)",
      "question": question.joined(separator: " "),
    ]
  }
}

/// A hash of the program's file.
private let buildOfProgram: String = {
  guard let path = Bundle.main.executablePath,
    let program = try? Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
  else { return "unknown" }
  var digest = Digest()
  program.withUnsafeBytes { bytes in
    digest.add(UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 8 * 8)]))
  }
  return String(digest.value, radix: 16)
}()
