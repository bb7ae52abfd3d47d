import Foundation
import ModelChecking

/// How states grow with a bound, as an SVG file: a curve a variant, machine and value of the other bounds, each step
/// up being ten times as many states.
struct SweepPicture {
  /// Where every state was visited, and behind that one guess.
  private struct Curve {
    let name: String
    var points: [(value: Int, states: Int)] = []
    var guess: (value: Int, states: Int)?
  }

  /// The drawing's parts, in pixels of its own.
  private static let (left, top, width, height, line) = (90, 20, 460, 360, 18)
  private static let colors = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#8a8a00",
  ]

  private let title: String
  private let bound: (name: String, values: ClosedRange<Int>)
  private let curves: [Curve]

  /// - Parameter bound: the one that states grow with.
  init(_ report: SweepReport, over bound: (name: String, values: ClosedRange<Int>)) {
    self.bound = bound
    title = "\(report.title): states"
    let others = report.swept.map(\.name).filter { $0 != bound.name }
    let hasSeveral = report.families.count > 1
    var curves: [Curve] = []
    for row in report.shown {
      let values = row.configuration.bounds.byName
      let name = ((hasSeveral ? [row.family] : []) + others.map { "\($0)=\(values[$0] ?? 0)" })
        .joined(separator: " ")
      if !curves.contains(where: { $0.name == name }) { curves.append(Curve(name: name)) }
      guard let place = curves.firstIndex(where: { $0.name == name }),
        let value = values[bound.name]
      else { continue }
      if case .searched(let result) = row.fate, result.isWhole {
        curves[place].points.append((value, result.states))
      } else if curves[place].guess == nil, let states = row.estimate {
        curves[place].guess = (value, states)
      }
    }
    self.curves = curves.filter { !$0.points.isEmpty }
  }

  var svg: String {
    let legend = curves.indices.filter { !curves[$0].name.isEmpty }
    let bottom = max(Self.top + Self.height + 50, Self.top + legend.count * Self.line + 10)
    let right = Self.left + Self.width
    let parts = [
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
      grid, curves.indices.map(drawing).joined(separator: "\n"),
      legend.enumerated().map { place, curve in
        let y = Self.top + place * Self.line
        return """
          <rect x="\(right + 20)" y="\(y)" width="10" height="10" fill="\(color(curve))"/>
          <text x="\(right + 36)" y="\(y + 10)">\(curves[curve].name.asHTML)</text>
          """
      }.joined(separator: "\n"),
      "<text x=\"\(Self.left + Self.width / 2)\" y=\"\(Self.top + Self.height + 40)\" "
        + "text-anchor=\"middle\">\(bound.name.asHTML)</text>",
    ]
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="860" height="\(bottom)" \
      viewBox="0 0 860 \(bottom)" font-family="sans-serif" font-size="12" role="img" aria-label="\(title.asHTML)">
      <title>\(title.asHTML)</title>
      \(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
      </svg>

      """
  }

  private func drawing(_ number: Int) -> String {
    let curve = curves[number]
    let places = curve.points.map { place($0) }
    let style = "fill=\"none\" stroke=\"\(color(number))\" stroke-width=\"2\""
    var lines = ["<polyline points=\"\(places.joined(separator: " "))\" \(style)/>"]
    for (place, point) in zip(places, curve.points) {
      lines.append(
        dot(place, "fill=\"\(color(number))\"", told(curve, point.states.of("state"))))
    }
    if let guess = curve.guess {
      let end = place(guess)
      let start = places[places.count - 1]
      lines.append("<polyline points=\"\(start) \(end)\" \(style) stroke-dasharray=\"4 4\"/>")
      lines.append(
        dot(
          end, "fill=\"#ffffff\" stroke=\"\(color(number))\"",
          told(curve, "\(guess.states.roughly) states, by the growth so far")))
    }
    return lines.joined(separator: "\n")
  }

  private func told(_ curve: Curve, _ states: String) -> String {
    curve.name.isEmpty ? states : "\(curve.name): \(states)"
  }

  private func dot(_ place: String, _ style: String, _ words: String) -> String {
    let parts = place.split(separator: ",")
    return "<circle cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"4\" \(style)>"
      + "<title>\(words.asHTML)</title></circle>"
  }

  /// Lines at powers of ten and the values of the bound.
  private var grid: String {
    let (right, bottom) = (Self.left + Self.width, Self.top + Self.height)
    let rows = (0...mostDigits).map { digits -> String in
      let y = height(of: pow(10, Double(digits)))
      let label = digits < 19 ? (0..<digits).reduce(1) { all, _ in all * 10 }.grouped : ""
      return """
        <path d="M\(Self.left) \(y)H\(right)" stroke="#dddddd"/>
        <text x="\(Self.left - 8)" y="\(y)" text-anchor="end" \
        dominant-baseline="middle">\(label)</text>
        """
    }
    let columns = bound.values.map { value in
      "<text x=\"\(x(value))\" y=\"\(bottom + 20)\" text-anchor=\"middle\">\(value)</text>"
    }
    return (rows + columns).joined(separator: "\n")
  }

  /// The power of ten above all that is drawn.
  private var mostDigits: Int {
    let counts = curves.flatMap { curve in
      curve.points.map(\.states) + [curve.guess?.states ?? 1]
    }
    return max(1, String(max(1, (counts.max() ?? 1) - 1)).count)
  }

  private func place(_ point: (value: Int, states: Int)) -> String {
    "\(x(point.value)),\(height(of: Double(point.states)))"
  }

  private func x(_ value: Int) -> String {
    let part = Double(value - bound.values.lowerBound) / Double(max(1, bound.values.count - 1))
    return tenths(Double(Self.left + 20) + part * Double(Self.width - 40))
  }

  private func height(of states: Double) -> String {
    let part = log10(max(1, states)) / Double(mostDigits)
    return tenths(Double(Self.top + Self.height) - part * Double(Self.height))
  }

  private func tenths(_ length: Double) -> String { String(format: "%.1f", length) }

  private func color(_ number: Int) -> String { Self.colors[number % Self.colors.count] }
}

extension SweepReport {
  /// A drawing of how states grow with the bound of most values; nil where none has several.
  public var svg: String? {
    swept.max { $0.values.count < $1.values.count }.map { SweepPicture(self, over: $0).svg }
  }
}
