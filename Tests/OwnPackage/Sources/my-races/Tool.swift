import StraypageCLI

/// The command line over this package's models. What help and the manual page say of it stands here.
package let tool = CommandLineTool(
  name: "my-races", models: [doublePut],
  tagline: "tries every interleaving of its races",
  version: "0.1.0",
  examples: [
    Example("check double-put", "a race, with its trace"),
    Example("check double-put --variant with-get", "what prevents it"),
    Example("gate", "every variant of every model, as CI does"),
  ])
