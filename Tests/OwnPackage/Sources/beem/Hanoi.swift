import ModelChecking

/// The towers of Hanoi (BEEM: hanoi). Each way from rod to rod is an actor.
func declareHanoi(in system: SystemBuilder, disks: Int) {
  // Disks from below; 0 where there is none. BEEM has a bottom of size 100 as well, which never moves.
  let bottom = 100
  let rods = ["a", "b", "c"].map { name in
    (0..<disks).map { place in
      system.field(
        "\(name)[\(place)]", .range(0...disks), initially: name == "a" ? disks - place : 0)
    }
  }
  let heights = ["a", "b", "c"].map { name in
    system.field("\(name).height", .range(0...disks), initially: name == "a" ? disks : 0)
  }

  for from in 0..<3 {
    for to in 0..<3 where to != from {
      let (source, target) = (rods[from], rods[to])
      let (sourceHeight, targetHeight) = (heights[from], heights[to])
      system.actor(
        "\("ABC".dropFirst(from).first!)to\("ABC".dropFirst(to).first!)",
        on: system.cpu(), duty: .mayRunForever
      ) { _ in
        Loop {
          Step(
            "move",
            .section(
              source + target + [sourceHeight, targetHeight], because: "one transition in BEEM"),
            when: { s in
              let (here, there) = (s[sourceHeight], s[targetHeight])
              let disk = here == 0 ? bottom : s[source[here - 1]]
              return disk < (there == 0 ? bottom : s[target[there - 1]])
            }
          ) { s in
            let (here, there) = (s[sourceHeight], s[targetHeight])
            s[target[there]] = s[source[here - 1]]
            s[targetHeight] = there + 1
            s[source[here - 1]] = 0
            s[sourceHeight] = here - 1
          }
        }
      }
    }
  }
}
