import ModelChecking

extension WorldBuilder {
  /// The type of a declaration.
  mutating func type(of declarator: Declarator) -> CType {
    var type = type(of: declarator.type)
    for count in declarator.counts.reversed() {
      let number = wantConstant(count) ?? 1
      if number < 1 || number > Memory.mostCells {
        report(
          "an array has 1 to \(Memory.mostCells) elements, not \(number)", at: count.spot)
      }
      type = .array(type, min(max(1, number), Memory.mostCells))
    }
    return type
  }

  mutating func type(of name: TypeName) -> CType {
    var name = name
    // A typedef of a typedef ends somewhere.
    for _ in 0..<16 {
      guard case .named(let word) = name.base, let other = world.typedefs[word] else { break }
      var expanded = other
      expanded.pointerDepth += name.pointerDepth
      name = TypeName(base: expanded.base, pointerDepth: expanded.pointerDepth, spot: name.spot)
    }
    var type: CType
    switch name.base {
    case .void: type = .void
    case .bool: type = .boolean
    case .integer: type = .integer
    case .sized(let bits, let isSigned): type = .sized(bits, isSigned: isSigned)
    case .enumeration(let tag):
      if world.enumerations[tag] == nil && name.pointerDepth == 0 {
        report(
          "there is no 'enum \(tag)'" + hint(tag, world.enumerations.keys.sorted()), at: name.spot)
      }
      type = .enumeration(tag)
    case .structure("mutex"): type = .lock(.mutex)
    case .structure("rw_semaphore"), .structure("percpu_rw_semaphore"): type = .lock(.semaphore)
    case .structure(var tag):
      if tag == "folio" { tag = "page" }
      type = .structure(tag)
      if !declareIfKnown(tag) {
        report(
          "there is no 'struct \(tag)'" + hint(tag, world.race.structures.map(\.name))
            + Self.structureAdvice(tag), at: name.spot)
        type = .unknown
      }
    case .named(let word):
      switch word {
      case "spinlock_t", "raw_spinlock_t": type = .lock(.spinlock)
      case "rwlock_t": type = .lock(.readWriteLock)
      case "atomic_t", "atomic_long_t", "atomic64_t", "refcount_t": type = .atomic
      default:
        report(
          "there is no type '\(word)'"
            + hint(
              word, Parser.kernelTypes.sorted() + world.typedefs.keys.sorted() + ["int", "bool"])
            + Parser.advice(onType: word),
          at: name.spot)
        type = .unknown
      }
    }
    for _ in 0..<name.pointerDepth { type = .pointer(type) }
    return type
  }

  private static func structureAdvice(_ tag: String) -> String {
    switch tag {
    case "list_head", "hlist_head", "llist_head":
      "; lists are not understood: keep in a variable what is on the list"
    case "delayed_work": "; any time may pass until a work item runs: 'struct work_struct'"
    case "hrtimer": "; a timer may expire at any time: 'struct timer_list'"
    case "task_struct": "; the tasks are the actors, and who sleeps is woken by a wait queue"
    case "percpu_ref": "; write its count as a refcount_t"
    default: ""
    }
  }

  /// Declares a structure where it is first used, also one that stands further down.
  private mutating func declareIfKnown(_ tag: String) -> Bool {
    if world.memory.structures[tag] != nil || structuresUnderWay.contains(tag) { return true }
    guard
      let structure = world.race.structures.first(where: { $0.name == tag })
        ?? vocabulary.structures.first(where: { $0.name == tag })
    else { return false }
    declare(structure)
    return true
  }

  mutating func declare(_ structure: StructureSyntax) {
    if world.memory.structures[structure.name] != nil { return }
    structuresUnderWay.insert(structure.name)
    let isOwn = world.race.structures.contains { $0.name == structure.name }
    defer { structuresUnderWay.remove(structure.name) }
    var members: [Memory.Member] = []
    var offset = 0
    for declarator in structure.members {
      let type = type(of: declarator)
      if contains(type, structureUnderWay: structure.name) {
        report(
          "'struct \(structure.name)' would contain itself: '\(declarator.name)' must be a pointer",
          at: declarator.spot)
        continue
      }
      if members.contains(where: { $0.name == declarator.name }) {
        report("the member '\(declarator.name)' is there twice", at: declarator.spot)
        continue
      }
      if declarator.isGhost && !type.isScalar {
        report("a ghost is a single variable or member, not '\(type.name)'", at: declarator.spot)
      }
      let range = range(of: declarator)
      members.append(
        Memory.Member(
          name: declarator.name, type: type, offset: offset, range: isOwn ? range : nil,
          fallback: isOwn ? nil : range,
          isGhost: declarator.isGhost, isVolatile: declarator.type.isVolatile))
      offset += world.memory.size(of: type)
      if declarator.initial != nil {
        report("a member has no value of its own: variables have", at: declarator.spot)
      }
    }
    if !isOwn && Vocabulary.abstractions.contains(structure.name) {
      world.memory.abstractions.insert(structure.name)
    }
    world.memory.structures[structure.name] = members
    world.memory.sizes[structure.name] = offset
  }

  private func contains(_ type: CType, structureUnderWay: String) -> Bool {
    switch type {
    case .structure(let tag): structuresUnderWay.contains(tag)
    case .array(let element, _): contains(element, structureUnderWay: structureUnderWay)
    default: false
    }
  }

  mutating func range(of declarator: Declarator) -> ClosedRange<Int>? {
    guard let (least, greatest) = declarator.range,
      let low = wantConstant(least), let high = wantConstant(greatest)
    else { return nil }
    if low > high {
      report("the range \(low)..\(high) of '\(declarator.name)' has no value", at: declarator.spot)
      return nil
    }
    if high - low >= 1 << 40 {
      report("the range of '\(declarator.name)' is too wide", at: declarator.spot)
      return nil
    }
    return low...high
  }
}
