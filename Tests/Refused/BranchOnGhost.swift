import ModelChecking

/// Bookkeeping can't steer a step.
func reads(count: Field<Int>, ghost: Ghost<Bool>) -> Step {
  Step("inc", .atomic(count)) { value, my in if my[ghost] { value += 1 } }  // error
}

func asks(ghost: Ghost<Bool>) -> Condition {
  Condition("is it?", .load(ghost)) { $0 }  // error
}

func registers(ghost: Ghost<Bool>) -> Condition {
  Condition(register: { my in my[ghost] })  // error
}

func lists(count: Field<Int>, ghost: Ghost<Bool>) -> Step {
  Step("both", .section([count, ghost], because: "it is only a moment")) { _ in }  // error
}

func section(count: Field<Int>, ghost: Ghost<Bool>) -> Step {
  Step("both", .section([count], because: "it is only for a moment")) { s in
    if s[ghost] { s[count] = 1 }  // error
  }
}

func carries(seen: Register<Bool>, ghost: Ghost<Bool>) -> Step {
  Step("local").also { my in my[seen] = my[ghost] }  // error
}
