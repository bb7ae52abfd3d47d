import Foundation

/// An element of an XML document to be written.
///
/// FoundationXML's elements would do it too, but bind even a statically linked program to the
/// machine's libxml2, and let characters pass that XML doesn't allow.
struct XMLElement {
  let name: String
  var attributes: [(name: String, value: String)] = []
  var children: [XMLElement] = []
  var text = ""

  /// The document with this root.
  var document: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + lines("") }

  private func lines(_ indent: String) -> String {
    let attributes = attributes.map {
      " \($0.name)=\"\(Self.escaped($0.value, isAttribute: true))\""
    }
    let start = "\(indent)<\(name)\(attributes.joined())"
    if children.isEmpty && text.isEmpty { return start + "/>\n" }
    if children.isEmpty { return start + ">\(Self.escaped(text))</\(name)>\n" }
    return start + ">\n" + children.map { $0.lines(indent + "  ") }.joined()
      + "\(indent)</\(name)>\n"
  }

  /// Text with markup escaped, references for what can't be shown, and U+FFFD for each character that
  /// XML 1.0 can't hold.
  private static func escaped(_ text: String, isAttribute: Bool = false) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"" where isAttribute: result += "&quot;"
      // Readers turn these into blanks or line feeds where they stand as themselves.
      case "\r": result += "&#13;"
      case "\n" where isAttribute: result += "&#10;"
      case "\t" where isAttribute: result += "&#9;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      case _ where scalar.isUnseen: result += "&#\(scalar.value);"
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}
