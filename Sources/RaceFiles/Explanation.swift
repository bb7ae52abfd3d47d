import ModelChecking

extension RaceFile {
  /// A first race file, with comments.
  ///
  /// - Parameter name: of the race, in one word.
  public static func template(named name: String) -> String {
    String(decoding: PackageResources.template_race, as: UTF8.self).replacing("NAME", with: name)
      .replacing("#define \(name) VALUE", with: "#define NAME VALUE")
  }

  /// How a file was understood: variables with their values, and each actor's places with the steps there.
  public func explanation(of configuration: Configuration) throws(InputError) -> [String] {
    let race = try cache.race(
      pieces: pieces(of: configuration), bounds: configuration.bounds.byName)
    return Explanation(race).lines
  }
}

/// Draws a compiled race in lines.
private struct Explanation {
  private let race: CompiledRace
  private let labels: ValueLabels

  init(_ race: CompiledRace) {
    self.race = race
    labels = ValueLabels(race.world)
  }

  var lines: [String] {
    var lines = ["Shared variables:"] + variables
    var told: Set<Int> = []
    for member in race.members where told.insert(member.program).inserted {
      let alike = race.members.filter { $0.program == member.program }.map(\.name)
      lines += ["", "\(alike.joined(separator: ", ")):"]
      lines += registers(of: race.programs[member.program], member.name)
      lines += places(of: race.programs[member.program])
    }
    return lines
  }

  private var variables: [String] {
    let cells = race.world.memory.cells
    let shown = cells.indices.compactMap { number -> (name: String, about: String)? in
      let cell = cells[number]
      switch cell.role {
      case .lock(let type): return (cell.name, type.name)
      case .end: return nil
      case .ghost, .shared:
        let kind = cell.role == .ghost ? ", a ghost" : ""
        return (
          cell.name,
          "\(values(race.domains[number])), at first \(labels.label(cell.initial, cell.type))\(kind)"
        )
      }
    }
    let width = shown.map(\.name.count).max() ?? 0
    return shown.map { "  \($0.name.padded(to: width))  \($0.about)" }
  }

  private func values(_ domain: Storage.Domain) -> String {
    if domain.codes.count == 1 {
      return "always " + labels.label(domain.value(of: domain.codes.lowerBound), domain.type)
    }
    let named: Bool
    switch domain.type {
    case .enumeration, .pointer, .boolean: named = true
    default: named = domain.values != nil
    }
    if named && domain.codes.count <= 8 {
      return domain.codes.map { labels.label(domain.value(of: $0), domain.type) }.joined(
        separator: ", ")
    }
    let (least, greatest) = (
      domain.value(of: domain.codes.lowerBound), domain.value(of: domain.codes.upperBound)
    )
    return "\(labels.label(least, domain.type))..\(labels.label(greatest, domain.type))"
  }

  private func registers(of program: CompiledRace.Program, _ actor: String) -> [String] {
    program.registerNames.sorted { $0.key < $1.key }.compactMap { variable, name in
      program.domains[variable].map { "  keeps \(name): \(values($0))" }
    }
  }

  private func places(of program: CompiledRace.Program) -> [String] {
    program.settled.locations.enumerated().flatMap { number, location -> [String] in
      steps(location.ways).enumerated().map { place, step in
        let label = place == 0 ? "\(number)".padded(to: 4) : "    "
        return "  \(label) \(step)"
      }
    }
  }

  private func steps(_ ways: Settled.Ways) -> [String] {
    switch ways {
    case .finish: return ["the end"]
    case .step(let step): return [told(step.access, step.tree.leaves.map(\.target))]
    case .engine(let access, let yes, let no): return [told(access, [yes.target, no.target])]
    case .branch(_, _, _, let yes, let no): return steps(yes) + steps(no)
    case .choose(let ways): return ways.flatMap(steps)
    }
  }

  private func told(_ access: Access, _ targets: [Int]) -> String {
    let next = targets.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    let function = access.calls.last.map { "\($0.name)(): " } ?? ""
    return
      "line \(access.line.line): \(function)\(access.name)  -> \(next.map(String.init).joined(separator: " or "))"
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
