import Foundation
import ModelChecking

/// How much of the machine a command's searches may use.
enum SearchLimits {
  /// The options that say so.
  static let options: [any DeclaredOption] = [threads, memory, time, noReduction]

  static let threads = Option(
    "--threads", .integer(in: 1...256), "worker threads", otherwise: "one a processor"
  ).limiting
  static let memory = Option(
    "--memory", .memoryBytes, "memory limit, as 512M or 8G",
    otherwise: "three quarters of what it may have"
  ).limiting
  static let time = Option(
    "--time", .duration, "time limit, such as 30s or 5m", otherwise: "none"
  ).limiting
  static let noReduction = Option(
    flag: "--no-reduction", "visit every state, not one for many")

  static func read(_ arguments: ParsedArguments) throws(InputError) -> SearchOptions {
    var options = SearchOptions(
      threads: try arguments[threads] ?? ProcessInfo.processInfo.activeProcessorCount,
      memory: try arguments[memory] ?? MemoryAllowance.ofThisProcess.usualLimit,
      seconds: try arguments[time]?.inSeconds)
    if !arguments.has(noReduction) {
      options.mostStatesUnreduced = SearchOptions.usualMostStatesUnreduced
    }
    return options
  }
}

extension ValueKind<Int> {
  /// A size in bytes, no more than the machine has.
  static var memoryBytes: Self {
    ValueKind(word: ValueWord(placeholder: "SIZE", completion: .none)) {
      text, owner throws(InputError) in
      let physicalBytes = Int(clamping: ProcessInfo.processInfo.physicalMemory)
      let bytes = try Quantities.bytes(text, of: owner)
      if bytes > physicalBytes {
        throw InputError(
          "\(owner) is \(text), but the machine has only \(physicalBytes >> 20)M")
      }
      return bytes
    }
  }
}

extension Duration {
  /// As searches count it.
  var inSeconds: Double { self / .seconds(1) }
}
