import ModelChecking
import Models
import StraypageCLI

CommandLineTool(models: Model.all).main()
