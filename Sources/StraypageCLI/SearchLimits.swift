import Foundation
import ModelChecking

/// How much of the machine a command's searches may use.
enum SearchLimits {
  /// The options that say so.
  static let options = [
    Command.Option(
      name: "--threads", value: "N", help: "worker threads; one a processor by default"),
    Command.Option(
      name: "--memory", value: "SIZE",
      help: "memory limit, such as 512M or 8G; three quarters of the machine's by default"),
    Command.Option(
      name: "--time", value: "TIME", help: "time limit, such as 30s or 5m; none by default"),
  ]

  static func read(_ arguments: ParsedArguments) throws(InputError) -> SearchOptions {
    let machine = ProcessInfo.processInfo
    var threads = machine.activeProcessorCount
    if let text = arguments.value(of: "--threads") {
      threads = try Quantities.integer(text, of: "--threads", in: 1...256)
    }
    let physical = Int(clamping: machine.physicalMemory)
    var memory = physical / 4 * 3
    if let text = arguments.value(of: "--memory") {
      memory = try Quantities.bytes(text, of: "--memory")
      if memory > physical {
        throw InputError(
          "--memory is \(text), but the machine has only \(physical >> 20)M")
      }
    }
    var seconds: Double?
    if let text = arguments.value(of: "--time") {
      seconds = try Quantities.seconds(text, of: "--time")
    }
    return SearchOptions(threads: threads, memory: memory, seconds: seconds)
  }
}
