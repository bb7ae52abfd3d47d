import ModelChecking

/// A guard and a question look and change nothing.
func section(count: Field<Int>) -> Step {
  Step(
    "go", .section([count], because: "it is only for a moment"),
    when: { s in
      s[count] = 1  // error
      return true
    }
  ) { _ in }
}

func value(count: Field<Int>) -> Step {
  Step(
    "go", .atomic(count),
    when: {
      $0 += 1  // error
      return true
    }
  ) { _ in }
}

func register(count: Field<Int>, seen: Register<Int>) -> Step {
  Step("go", .wait(count)) { _, my in
    my[seen] = 1  // error
    return true
  }
}

func question(seen: Register<Int>) -> Condition {
  Condition(register: { my in
    my[seen] += 1  // error
    return true
  })
}
