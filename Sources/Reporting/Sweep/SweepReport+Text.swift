import Foundation
import ModelChecking

extension SweepReport {
  /// The report as people read it: a table a variant and machine, and what is wrong once below.
  ///
  /// All of it but the seconds is the same on every run that reaches no limit of time.
  public func text(_ style: TextStyle = TextStyle()) -> String {
    let table = SweepTable(self)
    let widths = table.titles.indices.dropLast().map { column in
      ([table.titles] + shown.map(table.cells)).map { $0[column].columns }.max() ?? 0
    }
    var blocks = [style.paragraph(title, .heading)]
    for family in families {
      blocks.append(
        [Line(family[0].family, .heading)]
          + ([table.titles] + family.map(table.cells)).flatMap { lines($0, widths, style) })
    }
    let properties = table.properties.enumerated().flatMap { number, property in
      style.item("(\(number + 1)) \(property)", at: 2)
    }
    var refusals: [String] = []
    for case .refused(let reason) in shown.map(\.fate) where !refusals.contains(reason) {
      refusals.append(reason)
    }
    blocks.append(properties)
    blocks += refusals.filter { $0 != $0.firstLine }.map { reason in
      reason.split(separator: "\n").map { Line(String($0), .caution) }
    }
    blocks.append(next.map { style.paragraph($0) } ?? [])
    blocks.append(style.paragraph(summary) + [Line(ending)])
    return style.text(of: blocks.filter { !$0.isEmpty })
  }

  private var ending: String {
    let made = searches == 1 ? "1 search" : "\(searches.grouped) searches"
    let part = shard.map { shard in
      "; this is \(shard), and the others have \((rows.count - shown.count).of("check"))"
    }
    return String(format: "%.1f s, ", seconds) + made + (part ?? "")
  }

  /// A row: numbers to the right in their columns, the words wrapped behind them.
  private func lines(_ cells: [String], _ widths: [Int], _ style: TextStyle) -> [Line] {
    let numbers = zip(cells, widths).map { $0.leftPadded(to: $1) }.joined(separator: "  ")
    let column = numbers.count + 4
    return (cells.last ?? "").wrapped(to: max(20, style.width - column)).enumerated().map {
      number, words in
      var line = Line(number == 0 ? "  \(numbers)" : "")
      line.move(to: column)
      line.add(words)
      return line
    }
  }
}

extension SweepReport {
  /// One table, as Markdown has it.
  public var markdown: String {
    let table = SweepTable(self)
    let titles = ["variant"] + table.titles
    var lines = [title.inMarkdown, "", row(titles)]
    lines.append(
      "|"
        + titles.indices.map { column in
          column == 0 || column == titles.count - 1 ? "---|" : "--:|"
        }.joined())
    lines += shown.map { row([$0.family] + table.cells($0)) }
    if !table.properties.isEmpty { lines.append("") }
    for (number, property) in table.properties.enumerated() {
      lines.append("\(number + 1). \(property.inMarkdown)")
    }
    lines += next.map { ["", $0.inMarkdown] } ?? []
    return (lines + ["", summary]).joined(separator: "\n") + "\n"
  }

  private func row(_ cells: [String]) -> String {
    "| " + cells.map(\.inMarkdown).joined(separator: " | ") + " |"
  }
}

extension String {
  /// The text with what means something in Markdown's tables escaped.
  fileprivate var inMarkdown: String {
    shown().reduce(into: "") { text, character in
      if "\\|`*_<[#".contains(character) { text += "\\" }
      text.append(character)
    }
  }
}
