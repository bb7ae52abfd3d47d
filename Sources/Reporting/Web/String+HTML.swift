extension String {
  /// The text with what means something in HTML escaped, in content and in quoted attributes, and
  /// U+FFFD for what can't be shown.
  package var asHTML: String {
    shown("\u{FFFD}").unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }

  /// A name of the kernel: it may be broken after an underscore or a point, but not at an arrow.
  var asCode: String {
    asHTML.replacing("_", with: "_<wbr>").replacing(".", with: ".<wbr>")
      .replacing("-&gt;", with: "<span class=\"arrow\">-&gt;</span>")
  }
}
