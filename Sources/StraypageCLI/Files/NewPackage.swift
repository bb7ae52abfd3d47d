import Foundation
import ModelChecking

/// A package of one's own, with a model, a command line and a test, as `new` writes it.
struct NewPackage {
  static let option = Option(
    flag: "--package", "a package with models in Swift and a command line of its own")
  static let library = Option(
    "--library", .text("PLACE", .files),
    "folder or URL of the package it builds on", otherwise: "where this was built from")

  private let path: String
  private let name: String
  private let library: String

  /// - Parameter path: of its folder, which is called as the package is.
  /// - Throws: `InputError` for a name that no package can have, a folder that is there already, and a library that
  ///   isn't.
  init(at path: String, _ arguments: ParsedArguments) throws(InputError) {
    self.path = path
    name = path.split(separator: "/").last.map(String.init) ?? ""
    guard name.first.map({ $0.isASCII && $0.isLetter }) ?? false,
      name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
    else {
      throw InputError(
        "a package's name is a word of letters, digits and hyphens that begins with a letter, not '\(name)'"
      )
    }
    if FileManager.default.fileExists(atPath: path) {
      throw InputError("'\(path)' is there already, and stays as it is")
    }
    let place = try arguments[Self.library]
    library = place ?? Self.source
    if !Self.isURL(library) && !Self.isPackage(library) {
      throw InputError(
        place == nil
          ? "the folder '\(library)' that this program was built from is gone: say where the package that it builds "
            + "on lies, by '\(Self.library.name) FOLDER', where its Package.swift is, or '\(Self.library.name) URL'"
          : "'\(library)' is no package: there is no file '\(library)/Package.swift'")
    }
  }

  /// Writes its files.
  ///
  /// - Returns: the folder.
  /// - Throws: `InputError` that names what could not be written. What came before it is there.
  func write() throws(InputError) -> String {
    for (place, text) in files {
      let file = "\(path)/\(place)"
      try OutputFile.makeFolder(of: file)
      try OutputFile(file).write(text)
    }
    return path
  }

  /// By path below its folder.
  private var files: [(String, String)] {
    [
      ("Package.swift", text(PackageResources.Package_swift_template)),
      (".gitignore", text(PackageResources.gitignore_template)),
      ("Sources/\(name)/main.swift", text(PackageResources.main_swift_template)),
      ("Sources/\(name)/Tool.swift", text(PackageResources.Tool_swift_template)),
      ("Sources/\(name)/DoublePut.swift", text(PackageResources.DoublePut_swift_template)),
      ("Tests/\(name)Tests/ToolTests.swift", text(PackageResources.ToolTests_swift_template)),
    ]
  }

  /// A template with the package's own names in it.
  private func text(_ template: [UInt8]) -> String {
    String(decoding: template, as: UTF8.self)
      .replacing("NAME", with: name).replacing("MODULE", with: name.replacing("-", with: "_"))
      .replacing("DEPENDENCY", with: dependency)
  }

  private var dependency: String {
    Self.isURL(library)
      ? ".package(url: \(String(reflecting: library)), branch: \"main\")"
      : ".package(name: \"\(Self.libraryName)\", path: \(String(reflecting: Self.absolute(library))))"
  }

  // MARK: The library

  /// What the package is called that has these sources: as its modules' users name it.
  private static let libraryName = #fileID.prefix { $0 != "/" }.replacing("CLI", with: "")
    .lowercased()

  /// The folder of the package that has this file.
  private static let source = (0..<4).reduce(URL(filePath: #filePath)) { folder, _ in
    folder.deletingLastPathComponent()
  }.path

  private static func isURL(_ place: String) -> Bool {
    place.contains("://") || place.hasPrefix("git@")
  }

  private static func isPackage(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/Package.swift")
  }

  private static func absolute(_ folder: String) -> String {
    URL(filePath: folder).standardizedFileURL.path
  }
}
