import KernelPages
import ModelChecking

/// The word of the bitmap that has the bits of a pageblock (mm/page_alloc.c,
/// include/linux/pageblock-flags.h).
struct PageblockWord {
  /// `enum pageblock_bits`.
  enum Bit: UInt8, FieldEnumeration { case migrate0, migrate1, migrate2, skip, isolate }

  typealias Word = FlagSet<Bit>

  /// `enum migratetype` with CONFIG_CMA, as far as it is used here.
  static let unmovable = 0
  static let movable = 2
  static let isolate = 5
  static let types = 6

  let design: PageblockBits.Design
  /// zone->lock, under which the migratetype is changed.
  let lock: Lock
  let word: Field<Word>
  /// Ghost: the migratetype that was set last.
  let setLast: Ghost<Int>
  /// Ghost: whether the skip bit was set last, or cleared.
  let skipSetLast: Ghost<Bool>

  init(in system: SystemBuilder, _ design: PageblockBits.Design) {
    self.design = design
    lock = system.lock("zone->lock", .irqSpinlock)
    word = system.field("pageblock_flags", .sets(of: Bit.self), initially: [.migrate1])
    setLast = system.ghost("set_last", .range(0...Self.isolate), initially: Self.movable)
    skipSetLast = system.ghost("skip_set_last", .flag, initially: false)
  }

  /// What the bits say.
  func migratetype(_ word: Word) -> Int {
    word.contains(.isolate) ? Self.isolate : word.code & 7
  }

  // MARK: A free

  /// `get_pageblock_migratetype()` (v3.15, v3.16), `get_pfnblock_migratetype()` (v6.19), without
  /// zone->lock, and what is done with it.
  @StepsBuilder func read(as actor: Actor) -> Steps {
    let seen = actor.register("migratetype", .range(0...7), initially: 0)
    Loop {
      Call("get_pageblock_migratetype") {
        if design.readsBits {
          for bit in [Bit.migrate0, .migrate1, .migrate2] {
            If(
              testBit(bit, word).also { my, isSet in if isSet { my[seen] += 1 << bit.code } }
            ) {}
          }
        } else {
          Step("READ_ONCE(*bitmap_word)", .load(word)) { value, my in
            my[seen] = migratetype(value)
          }
        }
      }
      Step("list_add(&free_list[migratetype])").also { my in my[seen] = 0 }
        .asserting(PageblockBits.exists) { s in s[seen] < Self.types }
        .asserting(PageblockBits.wasSet, severity: .warning) { s in
          [Self.unmovable, Self.movable, Self.isolate].contains(s[seen])
        }
    }
  }

  // MARK: Changes

  /// Isolation and its end, under zone->lock; in v6.19 also an allocation that claims the block.
  @StepsBuilder func change(as actor: Actor) -> Steps {
    let seen = actor.register("word", .sets(of: Bit.self), initially: [])
    Loop {
      if design.hasIsolateBit {
        Choose {
          Way {
            locked("set_pageblock_isolate", Self.isolate) { setBit(.isolate, word) }
            locked("clear_pageblock_isolate", Self.movable) { clearBit(.isolate, word) }
          }
          Way {
            for type in [Self.unmovable, Self.movable] {
              locked("set_pageblock_migratetype(\(type))", type) { set(type, seen) }
            }
          }
        }
      } else {
        for type in [Self.isolate, Self.movable] {
          locked("set_pageblock_migratetype(\(type))", type) { set(type, seen) }
        }
      }
    }
  }

  @StepsBuilder private func locked(
    _ name: String, _ type: Int, @StepsBuilder _ change: () -> Steps
  ) -> Steps {
    lock.acquire()
    Call(name) { change() }
    lock.release().noting { s in s[setLast] = type }
  }

  @StepsBuilder private func set(_ type: Int, _ seen: Register<Word>) -> Steps {
    let bits = [Bit.migrate0, .migrate1, .migrate2]
    switch design.writes {
    case .bits:
      for bit in bits {
        if type >> bit.code & 1 == 1 {
          __setBit(bit, word, in: seen)
        } else {
          __clearBit(bit, word, in: seen)
        }
      }
    case .atomicBits:
      for bit in bits {
        if type >> bit.code & 1 == 1 { setBit(bit, word) } else { clearBit(bit, word) }
      }
    case .word:
      Step("word = *bitmap_word", .load(word)) { value, my in my[seen] = value }
      Step("*bitmap_word = word", .store(word)) { my in Word(code: my[seen].code & ~7 | type) }
    case .cmpxchg:
      Step("READ_ONCE(*bitmap_word)", .load(word)) { value, my in my[seen] = value }
      While(!tryCmpxchg(.atomic(word), seen) { my in Word(code: my[seen].code & ~7 | type) }) {}
    }
  }

  // MARK: Compaction

  /// `set_pageblock_skip()` and `clear_pageblock_skip()`, without zone->lock.
  @StepsBuilder func skip(as actor: Actor) -> Steps {
    let seen = actor.register("word", .sets(of: Bit.self), initially: [])
    Loop {
      Call("set_pageblock_skip") { setSkip(true, seen) }
      Call("clear_pageblock_skip") { setSkip(false, seen) }
    }
  }

  @StepsBuilder private func setSkip(_ isSet: Bool, _ seen: Register<Word>) -> Steps {
    let note: @Sendable (inout Books) -> Void = { s in s[skipSetLast] = isSet }
    let change: @Sendable (borrowing Registers) -> Word = { my in
      var value = my[seen]
      if isSet { value.insert(.skip) } else { value.remove(.skip) }
      return value
    }
    switch design.skipWrites {
    case .atomicBits:
      (isSet ? setBit(.skip, word) : clearBit(.skip, word)).noting(note)
    case .bits, .word:
      Step("load", .load(word)) { value, my in my[seen] = value }
      Step("store", .store(word)) { my in change(my) }.noting(note)
    case .cmpxchg:
      Step("READ_ONCE(*bitmap_word)", .load(word)) { value, my in my[seen] = value }
      While(!tryCmpxchg(.atomic(word), seen, change).noting { s, done in if done { note(&s) } }) {}
    }
  }
}
