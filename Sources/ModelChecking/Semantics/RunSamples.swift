/// The states in which each alternative was first run, to run it there again; and a run that came to
/// something else the second time. States must stay where they are, as those of a store do.
struct RunSamples {
  static let perAlternative = 4

  private let states: UnsafeMutablePointer<UnsafePointer<UInt64>?>
  private let counts: UnsafeMutablePointer<UInt8>
  private let firstDifference: UnsafeMutablePointer<Sample?>
  private let alternativeCount: Int

  struct Sample {
    let alternative: Int
    let state: UnsafePointer<UInt64>
  }

  /// Owns what samples point to.
  struct Memory: ~Copyable {
    fileprivate let states: OwnedBuffer<UnsafePointer<UInt64>?>
    fileprivate let counts: OwnedBuffer<UInt8>
    fileprivate let difference: OwnedBuffer<Sample?>

    init(alternativeCount: Int) {
      states = OwnedBuffer(repeating: nil, count: alternativeCount * perAlternative)
      counts = OwnedBuffer(repeating: 0, count: alternativeCount)
      difference = OwnedBuffer(repeating: nil, count: 1)
    }
  }

  init(_ memory: borrowing Memory) {
    states = memory.states.base
    counts = memory.counts.base
    firstDifference = memory.difference.base
    alternativeCount = memory.counts.count
  }

  /// Notes that an alternative runs, unless it did so often enough before.
  @inline(__always)
  func note(_ alternative: Int, _ state: UnsafePointer<UInt64>) {
    let count = Int(counts[alternative])
    if _slowPath(count < Self.perAlternative) {
      states[alternative &* Self.perAlternative &+ count] = state
      counts[alternative] = UInt8(count &+ 1)
    }
  }

  /// Notes that an alternative came to something else when it ran again.
  func noteDifference(_ alternative: Int, _ state: UnsafePointer<UInt64>) {
    firstDifference.pointee = difference ?? Sample(alternative: alternative, state: state)
  }

  /// The run that differed, and then the first runs.
  var all: [Sample] {
    (difference.map { [$0] } ?? [])
      + (0..<alternativeCount).flatMap { alternative in
        (0..<Int(counts[alternative])).map {
          Sample(
            alternative: alternative, state: states[alternative * Self.perAlternative + $0]!)
        }
      }
  }

  /// The first run that differed.
  var difference: Sample? { firstDifference.pointee }
}
