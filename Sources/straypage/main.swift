import Models
import ModelChecking
import Foundation
let a = CommandLine.arguments.dropFirst().map { Int($0)! }
let sys = try Model.pageChurn.system(settings: ["pages": a[0], "walkers": a[1]])
let o = try sys.search(SearchOptions(threads: a[2]), strategy: a[3] == 0 ? .fast : .reference)
print(o.verdict, o.statistics)
let st = try! String(contentsOfFile: "/proc/self/status", encoding: .utf8)
print(st.split(separator: "\n").filter { $0.hasPrefix("VmHWM") })
