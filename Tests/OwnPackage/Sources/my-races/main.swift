import StraypageCLI

CommandLineTool(name: "my-races", models: [doublePut]).main()
