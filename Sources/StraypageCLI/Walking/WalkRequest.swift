import Foundation
import ModelChecking

/// What a line asks for in a walk by hand.
enum WalkRequest {
  /// To take the step of this number, as it was typed.
  case take(number: String)
  /// To take the step of this name.
  case takeNamed(String)
  case takeAtRandom(count: Int)
  case follow(count: Int)
  case goBack(count: Int)
  /// To begin anew, in the initial state of this number, as it was typed; the first if nil.
  case reset(number: String?)
  case showState, showSteps, showPlace, showHelp
  case write(path: String)
  case quit

  /// What is exactly the word of a command is that; with something behind it, it is where no step is called so.
  ///
  /// - Parameter isStep: whether a step that can be taken is called so, or begins so.
  /// - Throws: `InputError` for what a word is followed by.
  init(_ line: String, isStep: (String) -> Bool) throws(InputError) {
    let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    let word = parts.first.map(String.init) ?? ""
    let rest = parts.count < 2 ? "" : parts[1].trimmingCharacters(in: .whitespaces)
    if !rest.isEmpty {
      let name = line.trimmingCharacters(in: .whitespaces)
      if isStep(name) {
        self = .takeNamed(name)
        return
      }
    }
    switch word {
    case "q", "quit": self = .quit
    case "r": self = .takeAtRandom(count: try Self.count(rest))
    case "n": self = .follow(count: try Self.count(rest))
    case "b": self = .goBack(count: try Self.count(rest))
    case "reset": self = .reset(number: rest.isEmpty ? nil : rest)
    case "w":
      if rest.isEmpty { throw InputError("w needs FILE") }
      // A file could be called so, and a slip is likelier.
      if rest.starts(with: /[-+*\/%&|^<>]*=|\+\+|--|->|\[/) {
        throw InputError(
          "no step that can be taken is called '\(line.abridged)', and no walk is saved: 'w FILE' saves it, as "
            + "'w walk.json'")
      }
      self = .write(path: rest)
    default:
      let request = rest.isEmpty ? WalkRequest(word: word) : nil
      self = request ?? .takeNamed(line.trimmingCharacters(in: .whitespaces))
    }
  }

  private init?(word: String) {
    switch word {
    case "": self = .showPlace
    case "?", "h", "help": self = .showHelp
    case "s": self = .showState
    case "t": self = .showSteps
    case _ where word.drop { $0 == "-" }.allSatisfy(\.isNumber): self = .take(number: word)
    default: return nil
    }
  }

  private static func count(_ text: String) throws(InputError) -> Int {
    if text.isEmpty { return 1 }
    return try Quantities.integer(text.abridged, of: "the number of steps", in: 1...10_000)
  }

  /// What can be said.
  static let help = """
      N        take the step numbered N
      NAME     take the step of that name, or that begins so; with the actor before it where several do
      r [N]    take a step at random, or N, up to where something goes wrong
      n [N]    take the next step of the saved trace, or N of them
      b [N]    go back a step, or N
      reset    go back to the start; 'reset N' to initial state N, where there are several
      s        show the state: every field with its value
      t        show the steps so far
      w FILE   save the walk; 'replay FILE' runs it again
      q        quit
      (enter)  show again where the walk stands

    A word of these alone is the command, also where a step is called so: its number takes that. With more behind
    it, it is the step, where one is called so.

    """
}
