import ModelChecking

/// A race file's text, for pages that show it beside a trace.
public struct SourceListing: Sendable {
  /// As steps name it.
  public let file: String
  /// As it was given.
  public let path: String
  public let lines: [String]

  /// Longer files are not shown.
  public static let mostLines = 2_000

  public init(file: String, path: String, lines: [String]) {
    self.file = file
    self.path = path
    self.lines = lines
  }
}

/// The text of a race file below a trace: each line with the steps of the trace that stand in it, which are
/// links to them.
struct WebSource {
  let html: String

  /// - Parameter number: the finding's on the web page, from 1.
  init(_ listing: SourceListing, _ trace: Trace, number: Int) {
    guard listing.lines.count <= SourceListing.mostLines else {
      html = ""
      return
    }
    var points: [Int: [Int]] = [:]
    for (point, step) in trace.allSteps.enumerated()
    where step.declaration.file == listing.file {
      points[step.declaration.line, default: []].append(point + 1)
    }
    let lines = listing.lines.enumerated().map { index, text in
      Self.line(index + 1, text, points[index + 1] ?? [], finding: number)
    }
    html = """
      <details class="source" open><summary>\(listing.path.asHTML)</summary>
      <pre>\(lines.joined())</pre></details>

      """
  }

  private static func line(_ number: Int, _ text: String, _ points: [Int], finding: Int) -> String {
    let gutter = "<span class=\"gutter\">\(number)</span>"
    let code = text.replacing("\t", with: "    ").asHTML
    if points.isEmpty { return "<span class=\"line\">\(gutter)\(code)</span>\n" }
    let links = points.map { "<a href=\"#\(finding).\($0)\">\($0)</a>" }.joined(separator: " ")
    let all = points.map(String.init).joined(separator: " ")
    return
      "<span class=\"line\" data-points=\"\(all)\">\(gutter)\(code)<span class=\"at\"> \(links)</span></span>\n"
  }
}
