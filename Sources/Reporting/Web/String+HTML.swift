extension String {
  /// The text with what means something in HTML escaped, in content and in quoted attributes.
  var asHTML: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }

  /// A name of the kernel: it may be broken after an underscore or a point, but not at an arrow.
  var asCode: String {
    asHTML.replacing("_", with: "_<wbr>").replacing(".", with: ".<wbr>")
      .replacing("-&gt;", with: "<span class=\"arrow\">-&gt;</span>")
  }
}
