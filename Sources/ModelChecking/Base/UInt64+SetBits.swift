extension UInt64 {
  /// The positions of the bits that are set.
  var setBits: [Int] { (0..<64).filter { self & (1 << UInt64($0)) != 0 } }
}
