import ModelChecking

/// The options by which states lie on a disk where memory is short.
enum DiskChoice {
  static let options: [any DeclaredOption] = [folder, limit]

  static let folder = Option(
    "--disk", .text("DIR", .files), "where memory is short, have states lie in a folder"
  ).limiting
  static let limit = Option(
    "--disk-limit", .diskBytes, "what they may take of it, as 500G",
    otherwise: "nine tenths of what is free"
  ).limiting

  /// Nil where everything is to stay in memory.
  ///
  /// - Throws: `InputError` for a folder in which no file can be made, and for a limit of none.
  static func read(_ arguments: ParsedArguments) throws(InputError) -> DiskSpace? {
    guard let folder = try arguments[folder] else {
      if arguments.has(limit) { throw InputError("'\(limit.name)' needs '\(Self.folder.name)'") }
      return nil
    }
    try arguments.refuse(
      CheckpointChoice.options, with: Self.folder,
      because: ": a search that is kept has its states in memory")
    return try DiskSpace(folder: folder, byteLimit: try arguments[limit])
  }
}

extension ValueKind<Int> {
  /// A size in bytes, whatever the memory of the machine.
  static var diskBytes: Self {
    ValueKind(word: ValueWord(placeholder: "SIZE", completion: .none)) {
      text, owner throws(InputError) in try Quantities.bytes(text, of: owner)
    }
  }
}
