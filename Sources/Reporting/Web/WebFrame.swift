/// The page's frame, into which the parts of a report are put.
enum WebFrame {
  static func page(title: String, body: String, data: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
    <title>\(title.asHTML)</title>
    <link rel="icon" href="data:,">
    <style>
    \(WebAssets.style)</style>
    </head>
    <body>
    \(body)<script type="application/json" id="data">\(data)</script>
    <script>
    \(WebAssets.script)</script>
    </body>
    </html>

    """
  }

  /// The question and its answer.
  static func header(
    question: String, verdict: String, heading: String, about: String, isGood: Bool
  ) -> String {
    let parts = verdict.split(separator: ":", maxSplits: 1).map(String.init)
    let answer = parts.count > 1 ? ":\(parts[1].asHTML)" : ""
    return """
      <header>
      <p class="heading">\(heading.asHTML)</p>
      <h1>\(question.asHTML)</h1>
      <p class="verdict\(isGood ? "" : " bad")"><strong>\(parts[0].asHTML)</strong>\(answer)</p>
      <p class="about">\(about.asHTML)</p>
      </header>

      """
  }

  /// Links to the findings, where there are several.
  static func contents(_ findings: [(kind: String, property: String)]) -> String {
    let links = findings.enumerated().map { number, finding in
      "<a href=\"#\(number + 1).0\"><b>\(finding.kind)</b> \(finding.property.asHTML)</a>\n"
    }
    return "<nav aria-label=\"Findings\">\n\(links.joined())</nav>\n"
  }

  static func main(_ findings: [String]) -> String {
    "<main>\n<div>\n\(findings.joined())</div>\n\(WebAssets.panel)</main>\n"
  }

  /// - Parameter note: what must be said of the trace, if anything.
  static func finding(number: Int, title: String, note: String?, table: String) -> String {
    let note = note.map { "<p class=\"about\">\($0.asHTML)</p>\n" } ?? ""
    return """
      <section class="finding" aria-labelledby="title-\(number)">
      <h2 id="title-\(number)">\(title.asHTML)</h2>
      \(note)\(table)</section>

      """
  }

  /// - Parameter walk: the command by which a walk is taken where the page goes no further.
  static func footer(notes: [String], command: String, walk: String?) -> String {
    let lines = notes.map { "<p>\($0.asHTML)</p>\n" }
    let walk =
      walk.map { "<p>A walk of any length: <code id=\"walk\">\($0.asHTML)</code></p>\n" } ?? ""
    return """
      <footer>
      \(lines.joined())<p>Again: <code>\(command.asHTML)</code></p>
      \(walk)\(WebAssets.keys)</footer>

      """
  }
}
