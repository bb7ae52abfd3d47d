/// A word of a race file.
struct Token: Sendable {
  enum Kind: Equatable, Sendable {
    case name
    case number(Int)
    case string
    /// `"..."` without its end, a sign that is none of C's: told of already.
    case broken
    case sign(Sign)
    /// A line that begins with `#`.
    case directive
    /// The line that begins with `C`: the name of the race.
    case title
    case end
  }

  let kind: Kind
  let spot: Spot
  /// A name, the text between quotes, a directive's line, how a sign is written, or the letters behind a
  /// number: "ul".
  let text: String

  var isEnd: Bool { kind == .end }
}

/// The signs of the language. Longer ones come first where one begins with another.
enum Sign: String, CaseIterable, Sendable {
  case shiftLeftAssign = "<<="
  case shiftRightAssign = ">>="
  case ellipsis = "..."
  case arrow = "->"
  case increment = "++"
  case decrement = "--"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case lessOrEqual = "<="
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="
  case and = "&&"
  case or = "||"
  case addAssign = "+="
  case subtractAssign = "-="
  case multiplyAssign = "*="
  case divideAssign = "/="
  case remainderAssign = "%="
  case andAssign = "&="
  case orAssign = "|="
  case exclusiveOrAssign = "^="
  /// herd's "and".
  case wedge = "/\\"
  /// herd's "or".
  case vee = "\\/"
  case range = ".."
  case braceOpen = "{"
  case braceClose = "}"
  case open = "("
  case close = ")"
  case bracketOpen = "["
  case bracketClose = "]"
  case semicolon = ";"
  case comma = ","
  case colon = ":"
  case question = "?"
  case assign = "="
  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case percent = "%"
  case ampersand = "&"
  case bar = "|"
  case caret = "^"
  case tilde = "~"
  case exclamation = "!"
  case less = "<"
  case greater = ">"
  case dot = "."
}
