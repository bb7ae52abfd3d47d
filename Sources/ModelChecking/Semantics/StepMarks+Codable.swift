/// A mark is a hexadecimal digit.
extension StepMarks: Codable {
  private enum CodingKeys: String, CodingKey { case steps, branches, antecedents }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func marks(_ key: CodingKeys) throws -> [Mark] {
      try container.decode(String.self, forKey: key).map { digit in
        guard let value = digit.hexDigitValue else {
          throw DecodingError.dataCorruptedError(
            forKey: key, in: container, debugDescription: "'\(digit)' is no mark")
        }
        return Mark(rawValue: UInt8(value))
      }
    }
    steps = try marks(.steps)
    branches = try marks(.branches)
    antecedents = try container.decode(UInt64.self, forKey: .antecedents)
  }

  package func encode(to encoder: any Encoder) throws {
    func digits(_ marks: [Mark]) -> String {
      marks.map { String($0.rawValue, radix: 16) }.joined()
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(digits(steps), forKey: .steps)
    try container.encode(digits(branches), forKey: .branches)
    try container.encode(antecedents, forKey: .antecedents)
  }

  /// Whether they may be of this system.
  func fits(_ system: System) -> Bool {
    let none = StepMarks(system)
    return steps.count == none.steps.count && branches.count == none.branches.count
  }
}
