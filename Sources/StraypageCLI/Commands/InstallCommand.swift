import Foundation
import ModelChecking

extension Command {
  static let install = Command(
    name: "install", summary: "Puts this program, its manual page and its completions in place",
    options: [Installation.prefix],
    examples: { _ in
      [
        Example("install", "in ~/.local, for oneself"),
        Example("install --prefix staging/usr", "for a package that is being made"),
      ]
    }
  ) { tool, arguments throws(InputError) in
    for path in try Installation(tool, arguments).install() {
      tool.output.result("\(path.shown())\n")
    }
    return .asItShouldBe
  }
}

/// Where what of a program goes, as the Filesystem Hierarchy Standard has it.
private struct Installation {
  static let prefix = Option(
    "--prefix", .text("FOLDER", .files), "below which bin and share are", otherwise: "$HOME/.local")

  private let tool: CommandLineTool
  private let prefix: String

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    if let prefix = try arguments[Self.prefix] {
      self.prefix = prefix
    } else if let home = tool.environment["HOME"], !home.isEmpty {
      prefix = home + "/.local"
    } else {
      throw InputError("HOME is not set, so '\(Self.prefix.name)' is needed")
    }
  }

  /// Each file is put in place whole, or the one that was there stays.
  ///
  /// - Returns: the files that were written.
  /// - Throws: `InputError` that names what could not be written. What came before it is in place.
  func install() throws(InputError) -> [String] {
    let name = tool.name
    let texts = [
      ("share/man/man1/\(name).1", ManPage(tool: tool).text),
      ("share/bash-completion/completions/\(name)", script(.bash)),
      ("share/zsh/site-functions/_\(name)", script(.zsh)),
      ("share/fish/vendor_completions.d/\(name).fish", script(.fish)),
    ]
    var written = [try path(of: "bin/\(name)")]
    try installProgram(at: written[0])
    for (place, text) in texts {
      let path = try path(of: place)
      try OutputFile(path).write(text)
      written.append(path)
    }
    return written
  }

  private func script(_ shell: Shell) -> String {
    CompletionScript(tool: tool.name, shell: shell).text
  }

  /// The path of a file, whose folder is made.
  private func path(of place: String) throws(InputError) -> String {
    let path = "\(prefix)/\(place)"
    try OutputFile.makeFolder(of: path)
    return path
  }

  /// The running program may be the one that is replaced, so its file is left to it.
  private func installProgram(at path: String) throws(InputError) {
    guard let program = Bundle.main.executablePath else {
      throw InputError("this program's own file can't be found")
    }
    let passing = "\(path).\(UUID().uuidString)"
    UnfinishedFiles.add(passing)
    defer { UnfinishedFiles.remove(passing) }
    do {
      try FileManager.default.copyItem(atPath: program, toPath: passing)
      if rename(passing, path) != 0 { throw SystemError.last }
    } catch {
      unlink(passing)
      throw InputError("the file '\(path)' could not be written: \(SystemError.reason(of: error))")
    }
  }
}
