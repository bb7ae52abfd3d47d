extension Configuration {
  /// The barriers of its programs, actor by actor.
  ///
  /// - Throws: `InputError` for a model whose declarations are wrong.
  public func barriers() throws(InputError) -> [Barrier] {
    // The machine makes other steps of them.
    var sequential = self
    sequential.memoryModel = .sc
    sequential.weakened = nil
    return try sequential.system().actors.reduce(into: []) { all, actor in
      for barrier in actor.program.barriers(of: actor.name) where !all.contains(barrier) {
        all.append(barrier)
      }
    }
  }

  /// Those of its barriers that are called so.
  ///
  /// - Throws: `InputError` for a name that is not there, with the nearest, or is named twice.
  func barriers(named names: [String]) throws(InputError) -> [Barrier] {
    let all = try barriers()
    var chosen: [Barrier] = []
    for name in names {
      guard let barrier = all.first(where: { $0.name == name }) else {
        throw InputError.unknown("barrier", name, of: "'\(self.name)'", among: all.map(\.name))
      }
      if chosen.contains(barrier) { throw InputError("barrier '\(name)' is named twice") }
      chosen.append(barrier)
    }
    return chosen
  }

  /// The same without some barriers, where it is asked which are needed.
  func weakened(by barriers: some Sequence<Barrier>) -> Configuration {
    var configuration = self
    configuration.weakened = (weakened ?? []).union(barriers)
    return configuration
  }
}
