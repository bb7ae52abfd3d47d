import ModelChecking

/// The form of a command's report and where it goes.
struct ReportOutput {
  enum Format: String, CaseIterable { case text, json }

  /// The options that say so.
  static let options = [
    Command.Option(name: "--format", value: "FORMAT", help: "text (by default) or json"),
    Command.Option(name: "--output", value: "FILE", help: "write the report to a file"),
  ]

  let format: Format
  private let tool: CommandLineTool
  private let file: OutputFile?

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    let name = arguments.value(of: "--format") ?? Format.text.rawValue
    guard let format = Format(rawValue: name) else {
      throw InputError.unknown("format", name, among: Format.allCases.map(\.rawValue))
    }
    self.format = format
    file = try arguments.file(of: "--output")
  }

  /// Writes the report in the chosen form.
  func write(text: () -> String, json: () throws -> String) throws(InputError) {
    let report = format == .json ? try Self.encoded(json) : text()
    guard let file else { return tool.output.result(report) }
    do throws(InputError) {
      try file.write(report)
    } catch {
      // So that the search was not for nothing.
      tool.output.result(report)
      throw error
    }
  }

  /// A report, unless it can't be encoded.
  static func encoded(_ report: () throws -> String) throws(InputError) -> String {
    do {
      return try report()
    } catch {
      throw InputError("the report could not be encoded: \(error)")
    }
  }
}
