import Foundation
import ModelChecking
import RaceFiles

extension Command {
  static let new = Command(
    name: "new", summary: "Writes a first race file, with comments, or a package of one's own",
    operand: Operand("NAME", .none), options: [NewPackage.option, NewPackage.library],
    examples: { _ in
      [
        Example("new my-race", "writes my-race.race"),
        Example("new --package my-races", "a package, in the folder my-races"),
        Example(
          "new --package more-races --library https://example.org/races.git",
          "what it builds on lies elsewhere: a folder or URL"),
      ]
    }
  ) { tool, arguments throws(InputError) in
    let name = arguments.operand ?? ""
    if arguments.has(NewPackage.option) {
      let path = try NewPackage(at: name, arguments).write()
      let name = URL(filePath: path).lastPathComponent
      tool.output.result(
        "\(path.shown()) is written. In there, try 'swift run \(name.shown()) gate'.\n")
      return .asItShouldBe
    }
    if arguments.has(NewPackage.library) {
      throw InputError(
        "'\(NewPackage.library.name)' is about a package, and '\(NewPackage.option.name)' is not given"
      )
    }
    let path = RaceFile.isRaceFile(name) ? name : "\(name).race"
    let file = path.split(separator: "/").last ?? ""
    let title = String(file.prefix(upTo: file.lastIndex(of: ".") ?? file.endIndex))
    guard !title.isEmpty,
      title.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.+".contains($0)) })
    else {
      throw InputError("a race's name is a word of letters, digits and hyphens, not '\(name)'")
    }
    if FileManager.default.fileExists(atPath: path) {
      throw InputError("the file '\(path)' is there already, and stays as it is")
    }
    try OutputFile(path).write(RaceFile.template(named: title))
    tool.output.result("\(path.shown()) is written. Try '\(tool.name) check \(path.shown())'.\n")
    return .asItShouldBe
  }
}
