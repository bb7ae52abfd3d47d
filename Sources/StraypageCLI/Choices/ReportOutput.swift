import ModelChecking

/// The form of a command's report and where it goes.
struct ReportOutput {
  enum Format: String, CaseIterable { case text, json }

  /// The options that say so.
  static let options: [any DeclaredOption] = [form, file]

  static let form = Option(
    "--format", .choice("FORMAT"), "text or json", default: Format.text
  ).presenting
  static let file = Option("--output", .file, "write the report to a file").presenting

  let format: Format
  private let tool: CommandLineTool
  private let file: OutputFile?

  init(_ tool: CommandLineTool, _ arguments: ParsedArguments) throws(InputError) {
    self.tool = tool
    format = try arguments[Self.form]
    file = try arguments.file(of: Self.file)
  }

  /// Writes the report in the chosen form.
  func write(text: () -> String, json: () throws -> String) throws(InputError) {
    let report = format == .json ? try Self.encoded(json) : text()
    let output = format == .json ? tool.rawOutput : tool.output
    guard let file else { return output.result(report) }
    do throws(InputError) {
      try file.write(report)
    } catch {
      // So that the search was not for nothing.
      output.result(report)
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
