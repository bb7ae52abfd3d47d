// Explores a model of BEEM and prints its counts:
//
//     beem NAME [--no-reduction] [--deadlocks] [--threads N]

import Foundation
import ModelChecking

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("beem: \(message)\n".utf8))
  exit(2)
}

var options = SearchOptions()
options.memory = 16 << 30
options.ignoresDeadlocks = true
options.mostStatesUnreduced = SearchOptions.usualMostStatesUnreduced
var name: String?

var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--no-reduction": options.mostStatesUnreduced = nil
  case "--deadlocks": options.ignoresDeadlocks = false
  case "--threads":
    guard let count = arguments.popFirst().flatMap({ Int($0) }), count > 0 else {
      fail("--threads takes a number of at least 1")
    }
    options.threads = count
  case let other where other.hasPrefix("-") || name != nil: fail("\(other): not known")
  default: name = argument
  }
}
guard let benchmark = Benchmark.all.first(where: { $0.name == name }) else {
  fail("which of \(Benchmark.all.map(\.name).joined(separator: ", "))?")
}

do {
  let outcome = try System(benchmark.declare).search(options)
  let figures = outcome.statistics
  print(
    "\(benchmark.name): \(outcome.verdict), \(figures.states) states (published \(benchmark.states)), "
      + "\(figures.visited) visited, \(figures.transitions) transitions, \(figures.seconds) s")
  print(
    "  depth \(figures.depth), \(figures.bitsPerState) bits in \(figures.wordsPerState) words, "
      + "\(figures.storedBytes >> 20) MiB stored, \(figures.peakBytes >> 20) MiB at most")
  if !outcome.alike.isEmpty { print("  alike: \(outcome.alike)") }
  if !outcome.setBack.isEmpty { print("  set back: \(outcome.setBack)") }
  if let difference = outcome.difference { print("  not alike: \(difference)") }
  if !outcome.findings.isEmpty { print("  findings: \(outcome.findings.map(\.kind))") }
} catch {
  fail("\(error)")
}
