import Foundation
import ModelChecking

/// The option by which one of several runs takes its share of a command's checks.
enum ShardChoice {
  static let option = Option(
    "--shard", .shard, "one part of the checks, such as 3/8", otherwise: "all")

  /// Which checks this run makes.
  ///
  /// - Parameter parts: what other runs came to, where nothing is to be searched.
  static func share(
    _ arguments: ParsedArguments, _ parts: ShardReports?
  ) throws(InputError) -> WorkShare {
    if let parts { return .joined(parts) }
    return try arguments[option].map { .part($0) } ?? .all
  }

  /// What a part came to, for its file.
  ///
  /// - Parameter checks: the number of those in all parts together.
  static func report(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ shard: Shard, checks: Int, begin: Date,
    seconds: Double, endings: [String: SavedEnding] = [:],
    mutations: [String: SavedMutationRun]? = nil
  ) -> ShardReport {
    ShardReport(
      program: tool.title, command: arguments.command.name, arguments: question(arguments),
      shard: shard, checks: checks, begin: begin.timeIntervalSince1970, seconds: seconds,
      endings: endings, mutations: mutations)
  }

  /// The words that say what is checked, for `merge` to ask the same again.
  private static func question(_ arguments: ParsedArguments) -> [String] {
    arguments.words { $0.part == .question && $0.name != option.name }
      + (arguments.operands.isEmpty ? [] : ["--"] + arguments.operands)
  }
}

extension ValueKind<Shard> {
  static var shard: Self {
    ValueKind(word: ValueWord(placeholder: "SHARD", completion: .none)) {
      text, owner throws(InputError) in
      let numbers = text.split(separator: "/", omittingEmptySubsequences: false)
        .map { part in part.allSatisfy(\.isASCIIDigit) ? Int(part) : nil }
      guard numbers.count == 2, let number = numbers[0], let count = numbers[1] else {
        throw InputError(
          "\(owner) must be a part and the number of parts, such as 3/8, not '\(text.abridged)'")
      }
      do throws(InputError) {
        return try Shard(number, of: count)
      } catch {
        throw InputError("\(owner) is \(text): \(error.message)")
      }
    }
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}
