import Foundation
import ModelChecking

extension GateReport {
  /// Workflow commands by which GitHub Actions shows at the variant's source line what is not as it
  /// should be. Empty where all is.
  public var annotations: String {
    entries.compactMap { entry -> String? in
      let command: String
      switch entry.result.status {
      case .expected: return nil
      case .unexpected, .vacuous, .error: command = "error"
      case .inconclusive, .notRun: command = "warning"
      }
      let properties = [
        "file=\(Self.escaped(property: entry.path))", "line=\(entry.line)",
        "title=\(Self.escaped(property: entry.name))",
      ].joined(separator: ",")
      let message =
        "expected: \(entry.expected)\nfound: \(entry.error ?? entry.found)\nagain: \(entry.command)"
      return "::\(command) \(properties)::\(Self.escaped(message))\n"
    }.joined()
  }

  /// Text behind the second `::`, where a line end would end the command.
  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "%", with: "%25")
      .replacingOccurrences(of: "\r", with: "%0D")
      .replacingOccurrences(of: "\n", with: "%0A")
  }

  /// A property's value, where colons and commas have a meaning too.
  private static func escaped(property text: String) -> String {
    escaped(text).replacingOccurrences(of: ":", with: "%3A")
      .replacingOccurrences(of: ",", with: "%2C")
  }
}
