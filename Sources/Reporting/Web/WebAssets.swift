/// What is the same on every web page: the files beside this one, which the program holds in itself.
enum WebAssets {
  /// One accent colour for what to look at; light and dark, narrow, wide and printed.
  static let style = text(PackageResources.web_page_css)
    .replacing("/* narrow-trace.css */\n", with: text(PackageResources.narrow_trace_css))

  /// Steps through the trace that the table already shows whole.
  static let script = text(PackageResources.web_page_js)

  /// What the script fills; hidden without it.
  static let panel = text(PackageResources.panel_html)

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
