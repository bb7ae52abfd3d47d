import ModelChecking

// The nearest things to what is refused that can be written.
func allowed(
  count: Field<Int>, freed: Field<Int>, slots: FieldArray<Int>, lock: Lock, seen: Register<Int>,
  noted: Ghost<Int>
) -> Steps {
  Steps {
    If(
      Condition("page_ref_dec_and_test", .atomic(count)) {
        $0 -= 1; return $0 == 0
      }
    ) {
      Step("free", .atomic(freed)) { $0 += 1 }
    }
    Step("free", .section([count, freed], holding: lock), when: { s in s[count] == 1 }) { s in
      s[freed] += 1
      s[count] = s[seen]
    }
    Step("page_count", .load(count)) { value, my in my[seen] = value }
      .also { my in my[seen] += 1 }
      .noting { s in s[noted] = s[count] + s[seen] }
      .asserting("nobody counts below 0") { s in s[count] >= 0 && s[noted] >= 0 }
    If(Condition(register: { my in my[seen] > 0 })) {
      Step("choose", .store(slots[seen])) { my in my[seen] }
    }
  }
}
