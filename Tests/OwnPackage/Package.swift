// swift-tools-version: 6.2

import PackageDescription

// A package of one's own: a race that isn't in straypage, behind the same command line, as `new --package` writes
// it. And locks that Tests/Peers/compare-fairness asks Spin about.
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
  ],
  swiftLanguageModes: [.v6]
)
