/// How many states there are at each depth, as a curve and as a table.
package struct WebProfile {
  /// The drawing's size, in pixels of its own.
  private static let (width, height) = (640, 160)
  /// More levels than these are not listed.
  private static let mostRows = 200

  private let levels: [Int]

  /// - Parameter levels: the states of each depth, of two at least.
  package init(_ levels: [Int]) { self.levels = levels }

  package var html: String {
    let most = levels.max() ?? 1
    let widest = levels.firstIndex(of: most) ?? 0
    let words =
      "The widest level is depth \(widest.grouped), with \(most.of("state")); the farthest is depth "
      + "\((levels.count - 1).grouped), with \(levels[levels.count - 1].grouped)."
    return """
      <figure>
      <svg viewBox="0 0 \(Self.width) \(Self.height + 20)" role="img" aria-label="\(words.asHTML)">
      <path class="area" d="M0 \(Self.height)\(points(most))L\(Self.width) \(Self.height)Z"/>
      <path class="curve" d="M\(points(most).dropFirst())"/>
      <path class="axis" d="M0 \(Self.height)H\(Self.width)"/>
      <text x="0" y="\(Self.height + 15)">depth 0</text>
      <text x="\(Self.width)" y="\(Self.height + 15)" text-anchor="end">\
      depth \((levels.count - 1).grouped)</text>
      </svg>
      <figcaption>\(words.asHTML)</figcaption>
      </figure>
      \(table)
      """
  }

  /// The curve, as a line to each of its points: one for each level or, where there are more than pixels, for the
  /// widest level of each pixel.
  private func points(_ most: Int) -> String {
    let count = min(levels.count, Self.width)
    return (0..<count).map { point in
      let range = levels.count * point / count..<levels.count * (point + 1) / count
      let states = levels[range].max() ?? 0
      let x = Self.tenths(point, of: count - 1, Self.width)
      // Room for the width of the line.
      let y = Self.tenths(most - states, of: most, Self.height - 4, from: 2)
      return "L\(x) \(y)"
    }.joined()
  }

  /// A part of a length, with one digit behind the point.
  private static func tenths(_ part: Int, of all: Int, _ length: Int, from start: Int = 0) -> String
  {
    // In floating point: widths of levels times lengths can be too large for integers.
    let tenths = Int((Double(part) / Double(all) * Double(length) * 10).rounded()) + start * 10
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private var table: String {
    if levels.count > Self.mostRows { return "" }
    let rows = levels.enumerated().map { depth, states in
      "<tr><th scope=\"row\">\(depth)</th><td>\(states.grouped)</td></tr>\n"
    }
    return """
      <details><summary>Each level</summary>
      <table class="levels"><thead><tr><th scope="col">Depth</th><th scope="col">States</th></tr></thead>
      <tbody>
      \(rows.joined())</tbody></table></details>

      """
  }
}
