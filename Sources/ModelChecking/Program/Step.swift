/// One atomic action of an actor: one operation on one shared field, and whatever the actor does in
/// its registers with what it saw.
///
///     Step("page_ref_inc", .atomic(page.refcount)) { count in count += 1 }
///     Step("__SetPageOffline", .store(page.type)) { .offline }
///     Step("flush_work", .wait(work.isPending)) { isPending in !isPending }
///
/// A step's function gets the field's value and, where it asks for a second parameter, the actor's
/// own registers; it can't reach more. Several fields at once are a `Section`. Ghost fields are
/// written by `noting`, and claims about what the step meets are made by `asserting`.
public struct Step: ProgramComponent, Sendable {
  @usableFromInline var definition: StepDefinition

  @usableFromInline init(_ definition: StepDefinition) { self.definition = definition }

  public var steps: Steps { Steps([.step(definition)]) }

  /// The same step, before which the actor may stop for good: waiting here with nothing enabled is
  /// no deadlock.
  public func mayRest() -> Step {
    var copy = self
    copy.definition.mayRest = true
    return copy
  }

  /// The same step, of whose access no data race is told: `data_race()`.
  public func mayRace() -> Step {
    var copy = self
    copy.definition.mayRace = true
    return copy
  }

  /// The same step, whose load claims that nobody else is at the field at the same time.
  package func excluding(_ others: RaceExclusion) -> Step {
    var copy = self
    copy.definition.exclusion = others
    return copy
  }

  /// The same step, at which its actor spins while it waits: a handler that comes to it has begun, also
  /// where it may rest before.
  package func spinning() -> Step {
    var copy = self
    copy.definition.spins = true
    return copy
  }

  /// The same step, which enters a section or leaves it: its actor must have left it where it ends, a handler where it
  /// returns, and is in it where it leaves it.
  ///
  /// - Parameters:
  ///   - section: what lockdep calls it, "rcu_read_lock".
  ///   - depth: how deep the actor is in such sections; it is the actor's own.
  package func counting(_ section: String, depth: Field<Int>) -> Step {
    var copy = self
    // Of what nests the range is a limit of the model's.
    let nests = depth.maximum > 1
    copy.definition.takes = Holding(section: section, depth: depth)
    copy.definition.wrap {
      $0
    } action: { action in
      { state in
        let answer = action(state)
        if let fault = state.context.pointee.fault, fault.kind == .outOfRange,
          fault.field == depth.number, fault.value < 0 || !nests
        {
          state.context.pointee.fault = Fault(
            fault.value < 0 ? .unlockByNonOwner : .recursiveLock, field: depth.number,
            value: state.me)
        }
        return answer
      }
    }
    return copy
  }

  /// The same step, which is there for the case that a model is wrong.
  var asSafetyNet: Step {
    var copy = self
    copy.definition.isSafetyNet = true
    return copy
  }

  /// Steps with this one before them, and on every way out of them another.
  func guarding(_ body: Steps, until release: Step) -> Steps {
    Steps([.guarded(definition, body, release: release.definition)])
  }

  /// The same step with more work on registers, done at once with it.
  ///
  ///     pageRefInc(page).also { my in my[isFrozen] = false }
  public func also(_ work: @escaping @Sendable (inout Registers) -> Void) -> Step {
    var copy = self
    copy.definition.append { state, _ in
      var registers = Registers(state)
      work(&registers)
    }
    return copy
  }

  /// The same step with bookkeeping done at once with it: ghost fields are written, after the step
  /// has done its work.
  ///
  ///     putPage(page).noting { s in s[page.owner] = .none }
  public func noting(_ work: @escaping @Sendable (inout Books) -> Void) -> Step {
    var copy = self
    copy.definition.append { state, _ in
      var books = Books(state)
      work(&books)
    }
    return copy
  }
}

// MARK: One access

extension Step {
  /// Work on the actor's registers alone, or none at all: a place in the program where others may
  /// come in between.
  ///
  /// - Parameter name: what a trace calls the step: the kernel's function or a short statement.
  public init(
    _ name: String, file: String = #filePath, line: Int = #line,
    _ work: @escaping @Sendable (inout Registers) -> Void = { _ in }
  ) {
    self.init(
      StepDefinition(
        name, .local, answers: false, at: SourceLine(file: file, line: line)
      ) { state in
        var registers = Registers(state)
        work(&registers)
        return true
      })
  }

  /// Sees the value of a field, and may keep it in registers.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ load: Load<Value>, file: String = #filePath, line: Int = #line,
    _ use: @escaping @Sendable (Value, inout Registers) -> Void = { _, _ in }
  ) {
    self.init(
      .load(name, load, answers: false, at: SourceLine(file: file, line: line)) {
        value, registers in
        use(value, &registers)
        return true
      })
  }

  /// Leaves a value in a field.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ store: Store<Value>, file: String = #filePath, line: Int = #line,
    _ value: @escaping @Sendable () -> Value
  ) {
    self.init(name, store, file: file, line: line) { (_: inout Registers) in value() }
  }

  /// Leaves a value in a field that may come from registers.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ store: Store<Value>, file: String = #filePath, line: Int = #line,
    _ value: @escaping @Sendable (inout Registers) -> Value
  ) {
    self.init(
      StepDefinition(
        name, .store(store.location.numbers, store.ordering), answers: false,
        at: SourceLine(file: file, line: line)
      ) { [location = store.location] state in
        guard let field = location.field(in: state) else { return true }
        var registers = Registers(state)
        state[field] = value(&registers)
        return true
      })
  }

  /// Makes of a field's value another, atomically.
  ///
  /// - Parameter isEnabled: the step waits while this is false of the value.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ atomic: AtomicUpdate<Value>,
    when isEnabled: (@Sendable (Value) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    _ update: @escaping @Sendable (inout Value) -> Void
  ) {
    self.init(
      name, atomic,
      when: isEnabled.map { isEnabled in
        { @Sendable (value: Value, _: borrowing Registers) in isEnabled(value) }
      },
      file: file, line: line
    ) { (value: inout Value, _: inout Registers) in update(&value) }
  }

  /// Makes of a field's value another, atomically and with the actor's registers.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ atomic: AtomicUpdate<Value>,
    when isEnabled: (@Sendable (Value, borrowing Registers) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    _ update: @escaping @Sendable (inout Value, inout Registers) -> Void
  ) {
    self.init(
      .atomic(
        name, atomic, answers: false, when: isEnabled, at: SourceLine(file: file, line: line)
      ) { value, registers in
        update(&value, &registers)
        return true
      })
  }

  /// Goes on when the value of a field is as wanted.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ wait: Wait<Value>, file: String = #filePath, line: Int = #line,
    until isWanted: @escaping @Sendable (Value) -> Bool
  ) {
    self.init(name, wait, file: file, line: line) { value, _ in isWanted(value) }
  }

  /// Goes on when the value of a field is as wanted, which may depend on the actor's registers.
  @inlinable public init<Value: FieldValue>(
    _ name: String, _ wait: Wait<Value>, file: String = #filePath, line: Int = #line,
    until isWanted: @escaping @Sendable (Value, borrowing Registers) -> Bool
  ) {
    self.init(
      StepDefinition(
        name, .wait(wait.location.numbers, wait.ordering), answers: false,
        when: wait.location.guarding(isWanted), at: SourceLine(file: file, line: line)
      ) { _ in true })
  }

  /// A barrier. Under sequential consistency it orders nothing that isn't ordered.
  public init(
    _ name: String, _ fence: Fence, file: String = #filePath, line: Int = #line
  ) {
    self.init(
      StepDefinition(
        name, .fence(fence), answers: false, at: SourceLine(file: file, line: line)
      ) { _ in true })
  }
}

// MARK: Several accesses

extension Step {
  /// Works on several fields at once.
  ///
  /// - Parameter isEnabled: the step waits while this is false.
  public init(
    _ name: String, _ section: Section,
    when isEnabled: (@Sendable (borrowing SectionState) -> Bool)? = nil,
    file: String = #filePath, line: Int = #line,
    _ work: @escaping @Sendable (inout SectionState) -> Void
  ) {
    self.init(
      .section(
        name, section, answers: false, when: isEnabled, at: SourceLine(file: file, line: line)
      ) { state in
        work(&state)
        return true
      })
  }
}
