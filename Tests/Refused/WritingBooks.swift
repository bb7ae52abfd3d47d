import ModelChecking

/// Bookkeeping writes ghosts and nothing else; a claim writes nothing.
func shared(count: Field<Int>) -> Step {
  Step("local").noting { s in s[count] = 1 }  // error
}

func register(seen: Register<Int>) -> Step {
  Step("local").noting { s in s[seen] = 1 }  // error
}

func answered(count: Field<Int>) -> Condition {
  Condition("dec", .load(count)) { $0 == 0 }.noting { s, isFree in s[count] = 1 }  // error
}

func claim(count: Field<Int>) -> Step {
  Step("local").asserting("the count is 1") { s in
    s[count] = 1  // error
    return true
  }
}
