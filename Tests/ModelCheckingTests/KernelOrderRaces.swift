/// Which accesses race on the machine as it is defined (Docs/MemoryModels.md, "Data races", rules 1 and 10).
extension KernelOrderPrograms {
  private struct Access {
    let location: Int
    let stores: Bool
    let isPlain: Bool
    /// Behind which store of the location it must come, or not see an older one.
    let least: Int
  }

  /// By pairs of instructions: those that may be made at the same time, or a store that was made and an access that
  /// comes next and is not ordered behind it.
  var races: Set<String> {
    var races: Set<String> = []
    forEachState { state in
      for cpu in programs.indices {
        guard let access = access(of: cpu, in: state) else { continue }
        for other in programs.indices where other > cpu {
          guard let second = self.access(of: other, in: state) else { continue }
          if access.location == second.location && (access.stores || second.stores)
            && (access.isPlain || second.isPlain)
          {
            races.insert(
              name((cpu, state.cpus[cpu].counter), (other, state.cpus[other].counter)))
          }
        }
        for store in state.memory[access.location].dropFirst(access.least + 1)
        where store.cpu != cpu && (access.isPlain || isPlain(store)) {
          races.insert(name((store.cpu, store.number), (cpu, state.cpus[cpu].counter)))
        }
      }
    }
    return races
  }

  private func name(_ one: (cpu: Int, place: Int), _ other: (cpu: Int, place: Int)) -> String {
    let (first, second) = one < other ? (one, other) : (other, one)
    return "data-race in a / a (\(name(of: first.place, on: first.cpu)) / "
      + "\(name(of: second.place, on: second.cpu)))"
  }

  private func isPlain(_ store: Message) -> Bool {
    if case .store(_, .plain, _) = programs[store.cpu][store.number] { true } else { false }
  }

  private func access(of cpu: Int, in state: State) -> Access? {
    let me = state.cpus[cpu]
    if me.counter == programs[cpu].count { return nil }
    func update(_ x: Int, _ order: Order) -> Access {
      let fenced = order == .full ? state.fenced.view[x] : 0
      return Access(
        location: x, stores: true, isPlain: false, least: max(me.reached[x], fenced))
    }
    return switch programs[cpu][me.counter] {
    case .load(let x, let order, _), .branch(let x, let order, _):
      Access(location: x, stores: false, isPlain: order == .plain, least: me.current[x])
    case .store(let x, let order, _):
      Access(
        location: x, stores: true, isPlain: order == .plain,
        least: order == .plain ? me.current[x] : me.reached[x])
    case .exchange(let x, let order, _, _): update(x, order)
    case .addNotZero(let x, _): update(x, .full)
    default: nil
    }
  }
}
