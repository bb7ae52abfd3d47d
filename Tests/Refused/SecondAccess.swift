import ModelChecking

/// A step has one access, and its function gets that value.
func checkThenAct(refcount: Field<Int>, freed: Field<Int>) -> Step {
  Step("page_count and free") { s in
    if s[refcount] == 1 {  // error
      s[freed] += 1
      s[refcount] = 0
    }
  }
}

func readsAnother(count: Field<Int>, other: Field<Int>) -> Step {
  Step("inc", .atomic(count)) { value, my in value += my[other] }  // error
}

func writesAnother(count: Field<Int>, other: Field<Int>) -> Step {
  Step("load", .load(count)) { value, my in my[other] = value }  // error
}

func asksAnother(count: Field<Int>, other: Field<Int>) -> Condition {
  Condition("test", .load(count)) { value, my in value == my[other] }  // error
}

func waitsForAnother(count: Field<Int>, other: Field<Int>) -> Step {
  Step("wait", .wait(count)) { value, my in value == my[other] }  // error
}

func chooses(slots: FieldArray<Int>, index: Field<Int>) -> Step {
  Step("choose", .store(slots[index])) { 1 }  // error
}
