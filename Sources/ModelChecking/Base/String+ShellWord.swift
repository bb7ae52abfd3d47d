extension String {
  /// The text as one word of a shell's command line: as it is where no shell finds a meaning in it, else in
  /// quotes.
  package var asShellWord: String {
    let isPlain = utf8.allSatisfy { byte in
      let scalar = Unicode.Scalar(byte)
      return scalar.isASCII && scalar.properties.isAlphabetic || (48...57).contains(byte)
        || "-_./:=,@%+".unicodeScalars.contains(scalar)
    }
    return isPlain && !isEmpty ? self : "'\(replacing("'", with: "'\\''"))'"
  }
}
