import StraypageCLI

CommandLineTool(name: "fair-locks", models: [fairLocks]).main()
