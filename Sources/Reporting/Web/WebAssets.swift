/// What is the same on every web page: the files beside this one, which the program holds in itself.
enum WebAssets {
  /// One accent colour for what to look at; light and dark, narrow, wide and printed.
  static let style = [
    PackageResources.web_page_css, PackageResources.lanes_css, PackageResources.panel_css,
    PackageResources.account_css, PackageResources.print_css,
  ].map(text).joined()
    .replacing("/* narrow-trace.css */\n", with: text(PackageResources.narrow_trace_css))

  /// Steps through the trace that the table already shows whole, and off it.
  static let script = [
    PackageResources.playback_js, PackageResources.table_js, PackageResources.walk_js,
    PackageResources.panel_js, PackageResources.steering_js,
  ].map(text).joined()

  /// What the script fills; hidden without it.
  static let panel = text(PackageResources.panel_html)

  /// What keys do, for whoever has a script.
  static let keys = text(PackageResources.keys_html)

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
