/// Reads types once the world is made: what is wrong with them in functions.
struct TypeReader {
  let world: World
  private(set) var problem: String?

  init(world: World) { self.world = world }

  mutating func type(of name: TypeName) -> CType {
    var name = name
    for _ in 0..<16 {
      guard case .named(let word) = name.base, let other = world.typedefs[word] else { break }
      name = TypeName(
        base: other.base, pointerDepth: other.pointerDepth + name.pointerDepth, spot: name.spot)
    }
    var type: CType
    switch name.base {
    case .void: type = .void
    case .bool: type = .boolean
    case .integer: type = .integer
    case .sized(let bits, let isSigned): type = .sized(bits, isSigned: isSigned)
    case .enumeration(let tag): type = .enumeration(tag)
    case .structure("mutex"): type = .lock(.mutex)
    case .structure("rw_semaphore"), .structure("percpu_rw_semaphore"): type = .lock(.semaphore)
    case .structure(var tag):
      if tag == "folio" { tag = "page" }
      type = .structure(tag)
      if world.memory.structures[tag] == nil {
        problem =
          "there is no 'struct \(tag)'" + nearestHint(tag, world.memory.structures.keys.sorted())
        type = .unknown
      }
    case .named("spinlock_t"), .named("raw_spinlock_t"): type = .lock(.spinlock)
    case .named("rwlock_t"): type = .lock(.readWriteLock)
    case .named(let word):
      if word.hasPrefix("atomic") || word == "refcount_t" {
        type = .atomic
      } else {
        problem =
          "there is no type '\(word)'"
          + nearestHint(word, Parser.kernelTypes.sorted() + ["int", "bool"])
        type = .unknown
      }
    }
    for _ in 0..<name.pointerDepth { type = .pointer(type) }
    return type
  }
}

extension CType {
  /// Of an array its elements, as its name is a pointer to the first.
  var elementOrSelf: CType { if case .array(let element, _) = self { element } else { self } }
}
