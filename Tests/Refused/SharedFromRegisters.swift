import ModelChecking

/// Work on registers and questions about them reach no shared memory.
func also(count: Field<Int>) -> Step {
  Step("local").also { my in my[count] = 1 }  // error
}

func question(count: Field<Int>) -> Condition {
  Condition(register: { my in my[count] == 0 })  // error
}

func local(count: Field<Int>) -> Step {
  Step("local") { my in my[count] += 1 }  // error
}

func answered(count: Field<Int>) -> Condition {
  Condition("dec", .load(count)) { $0 == 0 }.also { my, isFree in my[count] = 1 }  // error
}
