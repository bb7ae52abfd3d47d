/// One of several shares of many checks, each for a run of its own.
///
/// Which check is in which share follows from the check's name alone, so it is the same on every machine.
public struct Shard: Sendable, Hashable, Codable {
  /// Into so many shares checks are divided at most.
  public static let most = 10_000

  /// Counted from 1.
  public let number: Int
  public let count: Int

  /// - Throws: `InputError` for a number that is not from 1 to `count`, and a count above `most`.
  public init(_ number: Int, of count: Int) throws(InputError) {
    guard 1...Self.most ~= count else {
      throw InputError("checks can be divided into 1 to \(Self.most) parts, not into \(count)")
    }
    guard 1...count ~= number else {
      throw InputError(
        "there is no part \(number) of \(count); parts are counted from 1 to \(count)")
    }
    self.number = number
    self.count = count
  }

  /// The share that has a check of this name.
  public static func number(of name: String, among count: Int) -> Int {
    var hash = StableHash()
    hash.add(name)
    return hash.reduced(below: count) + 1
  }

  public func includes(_ name: String) -> Bool {
    Self.number(of: name, among: count) == number
  }
}

extension Shard: CustomStringConvertible {
  /// "part 3 of 8".
  public var description: String { "part \(number) of \(count)" }
}
