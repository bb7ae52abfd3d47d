/// A reader-writer semaphore: many readers or one writer; both sleep while they wait.
///
/// A waiting writer does not hold up readers here, which admits more schedules than the kernel's
/// fair queue does.
public struct ReadWriteSemaphore: Sendable {
  public let name: String
  /// 0, or the number of the writer plus 1.
  let writer: Field<Int>
  /// One bit an actor that reads.
  let readers: Field<Int>

  /// `down_write()`: waits until nobody reads or writes.
  public func acquireWrite(file: String = #filePath, line: Int = #line) -> Step {
    step(
      "down_write(\(name))", .acquire,
      when: { state in
        let raw = state.raw
        return (raw[writer] == 0 && raw[readers] == 0) || raw[writer] == raw.me
          || raw[readers] & raw.myBit != 0
      }, file: file, line: line
    ) { state in
      if state[writer] != 0 || state[readers] != 0 { return state.raise(.recursiveLock, writer) }
      state[writer] = state.me
      if state.isAtomic { state.raise(.sleepInAtomicContext, writer) }
    }
  }

  /// `up_write()`.
  public func releaseWrite(file: String = #filePath, line: Int = #line) -> Step {
    step("up_write(\(name))", .release, file: file, line: line) { state in
      guard state[writer] == state.me else { return state.raise(.unlockByNonOwner, writer) }
      state[writer] = 0
    }
  }

  /// `down_read()`: waits until nobody writes.
  public func acquireRead(file: String = #filePath, line: Int = #line) -> Step {
    step(
      "down_read(\(name))", .acquire,
      when: { state in
        let raw = state.raw
        return raw[writer] == 0 || raw[writer] == raw.me
      }, file: file, line: line
    ) { state in
      if state[writer] != 0 || state[readers] & state.myBit != 0 {
        return state.raise(.recursiveLock, readers)
      }
      state[readers] |= state.myBit
      if state.isAtomic { state.raise(.sleepInAtomicContext, readers) }
    }
  }

  /// `up_read()`.
  public func releaseRead(file: String = #filePath, line: Int = #line) -> Step {
    step("up_read(\(name))", .release, file: file, line: line) { state in
      guard state[readers] & state.myBit != 0 else {
        return state.raise(.unlockByNonOwner, readers)
      }
      state[readers] &= ~state.myBit
    }
  }

  private func step(
    _ name: String, _ operation: Operation.LockOperation,
    when guardCondition: StepDefinition.Guard? = nil, file: String, line: Int,
    _ change: @escaping @Sendable (RawState) -> Void
  ) -> Step {
    Step(
      StepDefinition(
        name, .lock(operation, [Int(writer.number), Int(readers.number)]), answers: false,
        when: guardCondition, at: SourceLine(file: file, line: line)
      ) { state in
        change(state)
        return true
      })
  }
}
