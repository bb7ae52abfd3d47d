import Foundation
import ModelChecking

/// How much of the machine a command's searches may use.
enum SearchLimits {
  /// The options that say so.
  static let options = [
    threads,
    Command.Option(
      name: "--memory", value: "SIZE",
      help: "memory limit, such as 512M or 8G; three quarters of the machine's by default"),
    Command.Option(
      name: "--time", value: "TIME", help: "time limit, such as 30s or 5m; none by default"),
  ]

  static let threads = Command.Option(
    name: "--threads", value: "N", help: "worker threads; one a processor by default")

  static func read(_ arguments: ParsedArguments) throws(InputError) -> SearchOptions {
    let machine = ProcessInfo.processInfo
    var threads = machine.activeProcessorCount
    if let text = arguments.value(of: "--threads") {
      threads = try Quantities.integer(text, of: "--threads", in: 1...256)
    }
    var memory = Int(clamping: machine.physicalMemory) / 4 * 3
    if let text = arguments.value(of: "--memory") {
      memory = try self.memory(text, of: "--memory")
    }
    var seconds: Double?
    if let text = arguments.value(of: "--time") {
      seconds = try Quantities.seconds(text, of: "--time")
    }
    return SearchOptions(threads: threads, memory: memory, seconds: seconds)
  }

  /// A size as bytes, no more than the machine has.
  static func memory(_ text: String, of what: String) throws(InputError) -> Int {
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let memory = try Quantities.bytes(text, of: what)
    if memory > physical {
      throw InputError("\(what) is \(text), but the machine has only \(physical >> 20)M")
    }
    return memory
  }
}
