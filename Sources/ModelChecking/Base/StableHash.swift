/// FNV-1a over 64 bits, which is the same everywhere, unlike Swift's own hashes.
package struct StableHash {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  /// The hash as 16 hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// A number below `count`, each as likely as the others. The hash's own low bits depend on little of
  /// what was added, so they are mixed first.
  ///
  /// - Parameter count: at least 1.
  package func reduced(below count: Int) -> Int {
    var numbers = SplitMix64(seed: value)
    return numbers.next(below: count)
  }

  package mutating func add(_ text: String) {
    // The length first, so that "ab", "c" is not "a", "bc".
    add(text.utf8.count)
    for byte in text.utf8 { add(byte) }
  }

  package mutating func add(_ number: Int) {
    for shift in 0..<8 { add(UInt8(truncatingIfNeeded: number >> (shift * 8))) }
  }

  private mutating func add(_ byte: UInt8) {
    value = (value ^ UInt64(byte)) &* 0x100_0000_01b3
  }
}
