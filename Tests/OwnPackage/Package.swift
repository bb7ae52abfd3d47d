// swift-tools-version: 6.2

import PackageDescription

// A package of one's own: a race that isn't in straypage, behind the same command line, as `new --package` writes
// it. And what Spin is asked about too: locks for Tests/Peers/compare-fairness, models of BEEM for
// Tests/Benchmarks/beem/compare.
let package = Package(
  name: "my-races",
  dependencies: [.package(name: "straypage", path: "../..")],
  targets: [
    .executableTarget(
      name: "my-races",
      dependencies: [
        .product(name: "ModelChecking", package: "straypage"),
        .product(name: "KernelPages", package: "straypage"),
        .product(name: "StraypageCLI", package: "straypage"),
      ]),
    .testTarget(name: "my-racesTests", dependencies: ["my-races"]),
    .executableTarget(
      name: "fair-locks",
      dependencies: [
        .product(name: "ModelChecking", package: "straypage"),
        .product(name: "StraypageCLI", package: "straypage"),
      ]),
    .executableTarget(
      name: "beem", dependencies: [.product(name: "ModelChecking", package: "straypage")]),
  ],
  swiftLanguageModes: [.v6]
)
