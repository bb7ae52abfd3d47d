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

  /// - Parameter format: where the command reads it from an option of its own.
  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, format: Format? = nil
  ) throws(InputError) {
    self.tool = tool
    if let format { self.format = format } else { self.format = try arguments[Self.form] }
    file = try arguments.file(of: Self.file)
  }

  /// Writes the report in the chosen form.
  func write(text: () -> String, json: () throws -> String) throws(InputError) {
    try write(format == .json ? Self.encoded(json) : text(), isRaw: format == .json)
  }

  /// - Parameter isRaw: whether a program reads it, so that nothing in it may be changed.
  func write(_ report: String, isRaw: Bool) throws(InputError) {
    let output = isRaw ? tool.rawOutput : tool.output
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
  static func encoded<Report>(_ report: () throws -> Report) throws(InputError) -> Report {
    do {
      return try report()
    } catch {
      throw InputError("the report could not be encoded: \(error)")
    }
  }
}
