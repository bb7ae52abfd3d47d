import ModelChecking
import Models
import StraypageCLI

#if MPI
  import MPIPeers

  let peers = MPIPeers.started(as: "straypage")
#else
  let peers: (any Peers)? = nil
#endif

CommandLineTool(
  name: "straypage", models: Model.all,
  tagline: "checks page-lifecycle races in the kernel's memory management, exhaustively",
  version: "0.1.0",
  examples: [
    Example("list", "every model in a line"),
    Example("list put-page-race", "its variants with their expected verdicts"),
    Example("check put-page-race", "the race as reported"),
    Example(
      "check put-page-race --variant put-page-hook --set walkers=3", "a fix, with more walkers"),
    Example(
      "matrix pcp-isolation", "which pieces keep the per-CPU lists empty, and which needn't be"),
    Example("matrix page-onlining --variant hyper-v", "the pieces of another variant"),
    Example("gate", "every variant of every model"),
    Example("gate put-page-race --except '*/*-any-walker'", "one model, without a variant"),
    Example("gate --budget 60s,4G --junit gate.xml", "what CI runs"),
    Example("check put-page-race --save-trace race.json", "save a trace", of: "replay"),
    Example("replay race.json", "run it again"),
    Example("simulate put-page-race --seed 7", "1,000 random walks"),
    Example("simulate put-page-race --interactive", "a walk of one's own"),
  ]
).among(peers).main()
