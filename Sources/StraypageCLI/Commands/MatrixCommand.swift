import Foundation
import ModelChecking
import Reporting
import Synchronization

extension Command {
  static let matrix = Command(
    name: "matrix",
    summary: "Checks a fix with every set of its pieces: which suffice, and which are needed",
    operand: Operand("MODEL", .models),
    options: [
      MatrixRun.variant, SystemChoice.without, MatrixRun.pieces, MatrixRun.barriers,
      SystemChoice.memoryModel, SystemChoice.set, SystemChoice.large, ShardChoice.option,
      MatrixRun.full,
    ] + SearchLimits.options + ReportOutput.options + [TextOptions.width],
    examples: { models in
      models.filter { !$0.pieces.isEmpty }.prefix(1).map {
        Example("matrix \($0.name)", "which pieces of \($0.fix.name) are needed")
      }
    }
  ) { tool, arguments throws(InputError) in
    try MatrixRun(tool, arguments).run()
  }
}

/// One run of `matrix`, read from the command line in full before anything is searched. In place of searches it
/// may have what other runs came to.
struct MatrixRun {
  static let variant = SystemChoice.variant(
    "the variant that pieces are taken out of", otherwise: "the model's fix")
  static let pieces = Option(
    "--pieces", .text("LIST", .pieces),
    "the pieces to vary, such as a,b,c, while the others stay", otherwise: "all")
  static let barriers = Option(
    flag: "--barriers", "vary fences and orderings in place of the fix's pieces")
  static let full = Option(
    flag: TextOptions.full.name, "show every set in the table, however many there are"
  ).presenting

  private let tool: CommandLineTool
  private let arguments: ParsedArguments
  private let choice: SystemChoice
  private let share: WorkShare
  /// What to vary; everything if nil.
  private let pieces: [String]?
  private let variesBarriers: Bool
  private let options: SearchOptions
  private let style: TextStyle
  private let output: ReportOutput

  init(
    _ tool: CommandLineTool, _ arguments: ParsedArguments, _ parts: ShardReports? = nil
  ) throws(InputError) {
    self.tool = tool
    self.arguments = arguments
    share = try ShardChoice.share(arguments, parts)
    let memoryModel = try arguments[SystemChoice.memoryModel]
    choice = try SystemChoice(tool, arguments, takesFix: true, memoryModel: memoryModel)
    let names = try arguments[Self.pieces]?
      .split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    variesBarriers = arguments.has(Self.barriers)
    if variesBarriers && memoryModel == .sc {
      throw InputError(
        "'\(Self.barriers.name)' needs a machine on which they matter: "
          + "'\(SystemChoice.memoryModel.name) tso' or 'lkmm'")
    }
    pieces =
      variesBarriers ? names : try Self.pieces(names, of: choice.configuration.model, tool)
    options = try SearchLimits.read(arguments)
    style = try TextOptions.read(tool, arguments, toFile: arguments.has(ReportOutput.file))
    output = try ReportOutput(tool, arguments)
  }

  func run() throws(InputError) -> ExitStatus {
    let monitor = SearchMonitor()
    let progress = Mutex((done: 0, all: 0))
    let watch = SearchWatch(monitor, within: options) {
      let (done, all) = progress.withLock { $0 }
      return "\(done) of \(all) searches"
    }
    defer { watch.end() }
    let begin = Date()
    let note: @Sendable (Int, Int) -> Void = { done, all in progress.withLock { $0 = (done, all) } }
    let configuration = choice.configuration
    let matrix =
      variesBarriers
      ? try configuration.matrixOfBarriers(
        varying: pieces, options, share, monitor: monitor, progress: note)
      : try configuration.matrix(
        varying: pieces, options, share, monitor: monitor, progress: note)
    watch.endProgress()
    let isCutShort = matrix.rows.contains { ![nil, .otherPart].contains($0.verdict.limit) }
    var report = MatrixReport(
      matrix,
      command: arguments.again(
        tool, about: choice.configuration.arguments,
        restated: SystemChoice.options + [SystemChoice.memoryModel],
        isCutShort: isCutShort))
    report.part = share.shard.map {
      ShardChoice.report(
        tool, arguments, $0, checks: matrix.allSearches, begin: begin, seconds: matrix.seconds,
        endings: matrix.endings)
    }
    try output.write(text: { report.text(style) }, json: { try report.json() })
    return status(of: matrix)
  }

  /// The variant with all its pieces decides; if that holds, whether everything is known. What another part has
  /// is none of a part's.
  private func status(of matrix: Matrix) -> ExitStatus {
    let isOther = { (row: Matrix.Row) in share.shard != nil && row.verdict.limit == .otherPart }
    if matrix.rows.contains(where: { $0.error != nil }) { return .badInput }
    let full = isOther(matrix.full) ? .asItShouldBe : ExitStatus(matrix.full.verdict)
    let isKnown = matrix.rows.allSatisfy { $0.suffices != nil || isOther($0) }
    return full == .asItShouldBe && !isKnown ? .inconclusive : full
  }

  /// The pieces to vary, where the model has any and they aren't too many.
  private static func pieces(
    _ names: [String]?, of model: Model, _ tool: CommandLineTool
  ) throws(InputError) -> [String] {
    guard !model.pieces.isEmpty else {
      let others = tool.models.filter { !$0.pieces.isEmpty }.map(\.name)
      throw InputError(
        "model '\(model.name)' declares no pieces of a fix; "
          + (others.isEmpty ? "no model does" : "these do: \(others.joined(separator: ", "))"))
    }
    let pieces = names ?? model.pieces.map(\.name)
    if pieces.count > Matrix.mostPieces {
      throw InputError(
        "\(pieces.count) pieces of model '\(model.name)' are too many; at most "
          + "\(Matrix.mostPieces), which make \(1 << Matrix.mostPieces) sets, can be varied: name "
          + "them by --pieces")
    }
    return pieces
  }
}
