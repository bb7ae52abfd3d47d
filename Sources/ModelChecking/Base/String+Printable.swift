extension String {
  /// A text from outside as a message may show it: on one line, of a bearable length, and without
  /// anything that a terminal would obey.
  package var printable: String {
    let mostScalars = 100
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(mostScalars) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        shown.append("?")
      default: shown.append(scalar)
      }
    }
    return String(shown) + (unicodeScalars.count > mostScalars ? ".." : "")
  }
}
