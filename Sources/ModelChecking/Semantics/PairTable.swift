/// A way into a table of changes for states of one word and short keys of one or two runs of bits:
/// the key is the number of the change. It owns nothing.
struct PairTable {
  /// By key: the bits of the word that stay, and the new values of the others, `disabled` or
  /// `unknown`.
  let pairs: UnsafeMutablePointer<UInt64>
  var first = BitRun()
  var second = BitRun()

  /// The widest key.
  static let mostKeyBits = 10

  static func byteCount(keyBits: Int) -> Int { 16 << keyBits }

  @inline(__always)
  func pair(for state: UInt64) -> UnsafeMutablePointer<UInt64> {
    assert(first.mask & second.mask == 0)
    return pairs + (first.part(of: state) | second.part(of: state)) &* 2
  }
}

/// The quickest way, for alternatives whose key is one run.
struct Shortcut {
  private let run: BitRun
  private let pairs: UnsafeMutablePointer<UInt64>
  /// 32 bytes, so that a shift finds it.
  private let padding = 0

  init(_ table: PairTable) {
    assert(table.second.mask == 0)
    run = table.first
    pairs = table.pairs
  }

  @inline(__always)
  func pair(for state: UInt64) -> UnsafeMutablePointer<UInt64> {
    pairs + run.part(of: state) &* 2
  }
}
