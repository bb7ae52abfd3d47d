extension WorldBuilder {
  mutating func setInitialValues() {
    for declarator in kernels + world.race.globals {
      guard let initial = declarator.initial,
        let variable = world.memory.variables[declarator.name], variable.type != .unknown
      else { continue }
      if variable.isPerCPU, case .array(let element, let count) = variable.type {
        let size = world.memory.size(of: element)
        for number in 0..<count { set(variable.firstCell + number * size, element, to: initial) }
      } else {
        set(variable.firstCell, variable.type, to: initial)
      }
    }
    for (name, value, _) in world.race.initials {
      guard let variable = world.memory.variables[name], variable.type != .unknown else { continue }
      set(variable.firstCell, variable.type, to: value)
    }
    for cell in world.memory.cells {
      if let range = cell.range, !range.contains(cell.initial),
        cell.role == .shared || cell.role == .ghost
      {
        report(
          "'\(cell.name)' begins with \(cell.initial), which is outside its range "
            + "\(range.lowerBound)..\(range.upperBound)", at: cell.spot)
      }
    }
  }

  private mutating func set(_ cell: Int, _ type: CType, to expression: Expression) {
    if case .initializer(let parts) = expression.kind {
      return set(cell, type, to: parts, at: expression.spot)
    }
    switch type {
    case .structure("kref"):
      if case .number(0) = expression.kind { return }
      if case .call("KREF_INIT", let arguments) = expression.kind, let count = arguments.first {
        let initial = Initializer(target: .next, value: count)
        return set(cell, type, to: [initial], at: expression.spot)
      }
      return report("a 'struct kref' begins as 'KREF_INIT(1)'", at: expression.spot)
    case .structure, .array:
      if case .number(0) = expression.kind { return }
      return report("values of '\(type.name)' are written '{ ... }'", at: expression.spot)
    case .lock, .unknown, .void: return
    default: break
    }
    guard let value = initialValue(expression) else { return }
    world.memory.cells[cell].initial = type.holding(value)
  }

  private mutating func set(
    _ cell: Int, _ type: CType, to parts: [Initializer], at spot: Spot
  ) {
    switch type {
    case .structure(let tag):
      let members = world.memory.structures[tag] ?? []
      var next = 0
      for part in parts {
        if case .member(let name) = part.target {
          guard let number = members.firstIndex(where: { $0.name == name }) else {
            report(
              "'struct \(tag)' has no member '\(name)'" + hint(name, members.map(\.name)),
              at: part.value.spot)
            continue
          }
          next = number
        }
        guard members.indices.contains(next) else {
          report("'struct \(tag)' has \(members.count) members", at: part.value.spot)
          return
        }
        set(cell + members[next].offset, members[next].type, to: part.value)
        next += 1
      }
    case .array(let element, let count):
      let size = world.memory.size(of: element)
      var next = 0
      for part in parts {
        if case .index(let index) = part.target { next = wantConstant(index) ?? next }
        if case .range(let first, let last) = part.target {
          let (from, to) = (wantConstant(first) ?? 0, wantConstant(last) ?? 0)
          guard from >= 0 && to < count && from <= to else {
            report(
              "the array has elements 0 to \(count - 1), not \(from) to \(to)", at: part.value.spot)
            return
          }
          for number in from...to { set(cell + number * size, element, to: part.value) }
          next = to + 1
          continue
        }
        guard next >= 0 && next < count else {
          report("the array has \(count) elements", at: part.value.spot)
          return
        }
        set(cell + next * size, element, to: part.value)
        next += 1
      }
    default:
      guard parts.count == 1 else { return report("one value is wanted here", at: spot) }
      set(cell, type, to: parts[0].value)
    }
  }

  /// A constant, or an address: `&x`, `&x.y[2]`, and as in herd `x` for `&x`.
  private mutating func initialValue(_ expression: Expression) -> Int? {
    if let value = constant(expression) { return value }
    var target = expression
    if case .cast(_, let inner) = target.kind { target = inner }
    var isAddress = false
    if case .unary(.address, let inner) = target.kind { (target, isAddress) = (inner, true) }
    if let (cell, _) = location(target, mayBeEnd: isAddress) { return Address.of(cell: cell) }
    return wantConstant(expression)
  }

  /// - Parameter mayBeEnd: whether it may be the place behind an array's last element.
  private func location(
    _ expression: Expression, mayBeEnd: Bool = false
  ) -> (cell: Int, type: CType)? {
    switch expression.kind {
    case .name(let name):
      return world.memory.variables[name].flatMap {
        $0.type == .unknown ? nil : ($0.firstCell, $0.type)
      }
    case .member(let whole, let name, isArrow: false):
      guard let (cell, type) = location(whole), case .structure(let tag) = type,
        let member = world.memory.structures[tag]?.first(where: { $0.name == name })
      else { return nil }
      return (cell + member.offset, member.type)
    case .index(let whole, let index):
      guard let (cell, type) = location(whole), case .array(let element, let count) = type,
        let number = constant(index), number >= 0 && (number < count || mayBeEnd && number == count)
      else { return nil }
      return (cell + number * world.memory.size(of: element), element)
    default: return nil
    }
  }
}
