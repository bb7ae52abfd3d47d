// swift-tools-version: 6.2

import PackageDescription

/// A warning is a defect: the build stops at the first one.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let mpi: TargetDependencyCondition? = .when(traits: ["MPI"])

let package = Package(
  name: "straypage",
  products: [
    .library(name: "ModelChecking", targets: ["ModelChecking"]),
    .library(name: "KernelPages", targets: ["KernelPages"]),
    .library(name: "StraypageCLI", targets: ["StraypageCLI"]),
    .executable(name: "straypage", targets: ["straypage"]),
  ],
  traits: [
    .trait(
      name: "MPI",
      description: "Several processes that mpirun started share one search; needs Open MPI")
  ],
  targets: [
    // The two instructions that the search needs and Swift has no name for.
    .target(name: "CCacheLine"),

    // The way out of a function that trapped, for which Swift has no word either.
    .target(name: "CTrap"),

    // A file that never has a name, for which one of the names is a macro that Swift can't read.
    .target(name: "CUnlinkedFile"),

    // The engine: state, programs of steps, search, traces. Knows no page and no terminal.
    .target(
      name: "ModelChecking", dependencies: ["CCacheLine", "CTrap", "CUnlinkedFile"],
      swiftSettings: strict),

    // The words: pages and the kernel's functions as sequences of steps.
    .target(name: "KernelPages", dependencies: ["ModelChecking"], swiftSettings: strict),

    // The races: one file each.
    .target(
      name: "Models", dependencies: ["KernelPages", "ModelChecking"], path: "Models",
      exclude: ["page-churn", "page-ext", "pcp-isolation", "put-page-race"].map { "\($0).race" },
      swiftSettings: strict),

    // Races written in C, in files: lexer, parser, checker, compiler to steps.
    .target(
      name: "RaceFiles", dependencies: ["KernelPages", "ModelChecking"],
      resources: ["kernel", "locks", "waiting", "deferred", "zone", "template"].map {
        .embedInCode("Vocabulary/\($0).race")
      },
      swiftSettings: strict),

    // An outcome as text, JSON, a web page or a graph.
    .target(
      name: "Reporting", dependencies: ["ModelChecking"],
      resources: [
        "web-page.css", "lanes.css", "narrow-trace.css", "panel.css", "account.css", "print.css",
        "playback.js", "table.js", "walk.js", "panel.js", "steering.js", "panel.html", "keys.html",
      ].map { .embedInCode("Web/\($0)") }, swiftSettings: strict),

    // The command line, over any list of models.
    .target(
      name: "StraypageCLI", dependencies: ["ModelChecking", "RaceFiles", "Reporting"],
      resources: [
        "Package.swift", "main.swift", "Tool.swift", "DoublePut.swift", "ToolTests.swift",
        "gitignore",
      ].map { .embedInCode("Templates/\($0).template") },
      swiftSettings: strict),

    // The door: this package's models behind that command line.
    .executableTarget(
      name: "straypage",
      dependencies: [
        "StraypageCLI", "Models", "ModelChecking", .target(name: "MPIPeers", condition: mpi),
      ],
      swiftSettings: strict),

    // Open MPI, as the system has it, and what the search needs of it. Without the trait these are empty.
    .systemLibrary(name: "MPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(
      name: "CMPI", dependencies: [.target(name: "MPI", condition: mpi)],
      cSettings: [.define("STRAYPAGE_MPI", .when(traits: ["MPI"]))]),
    .target(
      name: "MPIPeers", dependencies: [.target(name: "CMPI", condition: mpi), "ModelChecking"],
      swiftSettings: strict),

    // What tests of more than one target hold a system to.
    .target(
      name: "TestSupport", dependencies: ["ModelChecking"], path: "Tests/TestSupport",
      swiftSettings: strict),

    .testTarget(name: "ModelCheckingTests", dependencies: ["ModelChecking", "TestSupport"]),
    .testTarget(name: "KernelPagesTests", dependencies: ["KernelPages", "TestSupport"]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "ModelChecking", "TestSupport"]),
    .testTarget(name: "ReportingTests", dependencies: ["Reporting", "Models"]),
    .testTarget(name: "RaceFilesTests", dependencies: ["RaceFiles", "Models", "TestSupport"]),
    .testTarget(name: "SnippetTests", dependencies: ["KernelPages", "ModelChecking"]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: ["StraypageCLI", "Models", "TestSupport", "straypage"]),
  ],
  swiftLanguageModes: [.v6]
)
