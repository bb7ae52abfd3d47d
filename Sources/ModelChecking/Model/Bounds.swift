/// The chosen value of each bound.
public struct Bounds: Sendable, Equatable {
  /// Name and value, in the model's order.
  public let values: [(name: String, value: Int)]

  /// - Throws: `InputError` for a bound the model doesn't have or a value outside its range.
  init(
    _ declared: [Bound], settings: [String: Int], model: String
  ) throws(InputError) {
    for name in settings.keys.sorted() where !declared.contains(where: { $0.name == name }) {
      throw InputError.unknown("bound", name, of: "model '\(model)'", among: declared.map(\.name))
    }
    for bound in declared {
      if let value = settings[bound.name], !bound.range.contains(value) {
        throw InputError(
          "bound '\(bound.name)' of model '\(model)' is \(value), but must be from "
            + "\(bound.range.lowerBound) to \(bound.range.upperBound)")
      }
    }
    values = declared.map { ($0.name, settings[$0.name] ?? $0.defaultValue) }
  }

  /// The values by name.
  public var byName: [String: Int] { Dictionary(values.map { ($0, $1) }) { first, _ in first } }

  /// The value of a bound of the model.
  public subscript(_ bound: Bound) -> Int {
    values.first { $0.name == bound.name }?.value ?? bound.defaultValue
  }

  public static func == (a: Bounds, b: Bounds) -> Bool {
    a.values.elementsEqual(b.values) { $0 == $1 }
  }
}
