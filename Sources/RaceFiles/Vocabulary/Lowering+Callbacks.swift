import ModelChecking

// What is written as other statements: who calls a function that somebody asked to be called later
// (kernel/workqueue.c, kernel/time/timer.c, kernel/rcu/tree.c), and who waits for an event
// (include/linux/wait.h), v4.20 to v6.12.
extension Lowering {
  /// - Returns: nil where there is no function of that name.
  mutating func macro(_ name: String, _ arguments: [Expression], at spot: Spot) -> Value? {
    switch name {
    case "worker_thread":
      return caller(name, arguments, begin: "process_one_work", end: "work_is_done", at: spot)
    case "run_timer_softirq":
      return caller(name, arguments, begin: "expire_timers", end: "timer_is_done", at: spot)
    case "call_rcu": return callRCU(arguments, at: spot)
    case "kref_put":
      return put(name, "refcount_dec_and_test", arguments, wanted: 2, at: spot)
    case "kref_put_mutex":
      return put(name, "refcount_dec_and_mutex_lock", arguments, wanted: 3, at: spot)
    case "kref_put_lock":
      return put(name, "refcount_dec_and_lock", arguments, wanted: 3, at: spot)
    case "rcu_core":
      return caller(name, arguments, begin: "rcu_do_batch", end: nil, at: spot)
    case "wait_event": return waitEvent(name, arguments, .never, at: spot)
    case "wait_event_interruptible":
      return waitEvent(name, arguments, .bySignal("TASK_INTERRUPTIBLE"), at: spot)
    case "wait_event_killable":
      return waitEvent(name, arguments, .bySignal("TASK_KILLABLE"), at: spot)
    case "wait_event_timeout": return waitEvent(name, arguments, .byTime, at: spot)
    case "container_of", "list_entry": return container(name, arguments, at: spot)
    default: return nil
    }
  }

  // MARK: Callbacks

  /// What is kept of an item once its function has run is its caller's own: the function may have freed it.
  static let endsOfCallers: Set<String> = ["work_is_done", "timer_is_done"]

  /// `worker_thread(&work, function)`: calls the function each time that it is due, for ever; or any of
  /// several, one at a time.
  private mutating func caller(
    _ name: String, _ arguments: [Expression], begin: String, end: String?, at spot: Spot
  ) -> Value {
    if mode != .code {
      report("'\(name)' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    var ways: [Statement] = []
    for position in stride(from: 0, to: arguments.count, by: 2) {
      guard position + 1 < arguments.count, case .name(let callee) = arguments[position + 1].kind,
        let function = world.functions[callee]
      else {
        let wanted = "'\(name)(&\(name == "worker_thread" ? "work" : "x"), function)'"
        report("'\(name)' wants what is called, and its function: \(wanted)", at: spot)
        return .unknown
      }
      let item = arguments[position]
      func call(_ name: String, _ arguments: [Expression]) -> Statement {
        Statement(
          kind: .expression(Expression(kind: .call(name, arguments), spot: spot)), spot: spot)
      }
      let parameters = function.syntax.parameters.count
      var statements = [
        call(begin, [item]), call(callee, Array(repeating: item, count: min(parameters, 1))),
      ]
      if let end { statements.append(call(end, [item])) }
      ways.append(Statement(kind: .block(statements), spot: spot))
    }
    guard let only = ways.first else {
      report("'\(name)' wants what is called, and its function", at: spot)
      return .unknown
    }
    let body = ways.count == 1 ? only : Statement(kind: .either(ways), spot: spot)
    lower(Statement(kind: .for([], nil, nil, body), spot: spot))
    return Self.nothing
  }

  /// `call_rcu(&head, function)`: the function runs after a grace period, by an actor with `rcu_core()`.
  private mutating func callRCU(_ arguments: [Expression], at spot: Spot) -> Value {
    guard arguments.count == 2, case .name(let callee) = arguments[1].kind,
      world.functions[callee] != nil
    else {
      report(
        "'call_rcu' wants a callback and its function: 'call_rcu(&x->rcu, function)'", at: spot)
      return .unknown
    }
    return value(of: Expression(kind: .call("__call_rcu", [arguments[0]]), spot: spot))
  }

  // MARK: Counts with an end

  /// `kref_put(&x->ref, release)`: who puts the last reference calls the function, and is answered 1
  /// (include/linux/kref.h, v4.11 to v6.12).
  ///
  /// - Parameter drop: what drops the reference, with the lock that is the third argument where there is one.
  private mutating func put(
    _ name: String, _ drop: String, _ arguments: [Expression], wanted: Int, at spot: Spot
  ) -> Value {
    guard arguments.count == wanted, case .name(let callee) = arguments[1].kind,
      world.functions[callee] != nil
    else {
      report(
        "'\(name)' wants a count and the function that is called for the last reference: "
          + "'\(name)(&x->ref, release\(wanted == 3 ? ", &lock" : ""))'", at: spot)
      return .unknown
    }
    if mode != .code {
      report("'\(name)' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    let kref = value(of: arguments[0])
    if kref.type == .unknown { return .unknown }
    guard kref.type == .pointer(.structure("kref")) else {
      report(
        "'\(name)' wants a 'struct kref *', and this is '\(kref.type.name)'",
        at: arguments[0].spot)
      return .unknown
    }
    // What is put is looked up once.
    let own = newVariable("kref", kref.type, at: spot)
    assign(own, kref.term)
    let hidden = "\(name) \(spot.start) \(own)"
    declare(hidden, own, at: spot)
    func expression(_ kind: Expression.Kind) -> Expression { Expression(kind: kind, spot: spot) }
    let pointer = expression(.name(hidden))
    let count = expression(
      .unary(.address, expression(.member(pointer, "refcount", isArrow: true))))
    let isLast = expression(.call(drop, [count] + arguments.dropFirst(2)))
    let released = expression(
      .comma(expression(.call(callee, [pointer])), expression(.number(1))))
    return value(of: expression(.conditional(isLast, released, expression(.number(0)))))
  }

  // MARK: Events

  /// What ends a wait whose condition is false.
  private enum EndOfWait {
    case never
    /// A signal, which wakes who sleeps in that state.
    case bySignal(String)
    case byTime
  }

  /// `wait_event(queue, condition)`: sleeps until somebody wakes the queue and it is true; `_interruptible` and
  /// `_killable` until then or a signal, which may come at any time, and `_timeout` until then or a time is over.
  private mutating func waitEvent(
    _ name: String, _ arguments: [Expression], _ end: EndOfWait, at spot: Spot
  ) -> Value {
    let isTimed = if case .byTime = end { true } else { false }
    guard want(isTimed ? 3 : 2, arguments, of: name, at: spot) else { return .unknown }
    if mode != .code {
      report("'\(name)' can't stand in an atomic block or property", at: spot)
      return .unknown
    }
    let (queue, condition) = (arguments[0], arguments[1])
    let place = place(of: queue)
    let type = self.type(of: place)
    guard type == .structure("wait_queue_head") else {
      if type != .unknown {
        report(
          "'\(name)' wants a wait queue, and this is '\(type.name)': 'wait_queue_head_t q;', or without one "
            + "'await(condition)'", at: queue.spot)
      }
      return .unknown
    }
    func statement(_ kind: Statement.Kind) -> Statement { Statement(kind: kind, spot: spot) }
    func expression(_ kind: Expression.Kind) -> Expression {
      Expression(kind: kind, spot: queue.spot)
    }
    func call(_ name: String, _ arguments: [Expression] = []) -> Statement {
      statement(.expression(Expression(kind: .call(name, arguments), spot: spot)))
    }
    let address = expression(.unary(.address, queue))
    let answer = newVariable(name, .integer, at: spot)
    assign(answer, isTimed ? .one : .zero)
    func hidden(_ variable: Int) -> Expression {
      let own = "\(name) \(spot.start) \(variable)"
      declare(own, variable, at: spot)
      return expression(.name(own))
    }
    func set(_ place: Expression, _ value: Expression) -> Statement {
      statement(.expression(expression(.assign(nil, place, value))))
    }
    let result = hidden(answer)
    func ending(if isOver: Expression, with value: Expression) -> Statement {
      statement(
        .if(isOver, statement(.block([set(result, value), statement(.break)])), nil))
    }
    let choice = expression(.call("choose", [expression(.number(2))]))
    var state = [address]
    var (beginning, endings): ([Statement], [Statement]) = ([], [])
    var sleep = call("schedule")
    switch end {
    case .never: break
    case .bySignal(let sleeping):
      // It is decided before it sleeps: a wakeup that is lost must not be mended by a signal.
      let isSignalled = hidden(newVariable(name, .boolean, at: spot))
      beginning = [set(isSignalled, choice)]
      state.append(expression(.name(sleeping)))
      endings = [
        ending(if: isSignalled, with: expression(.unary(.minus, expression(.name("ERESTARTSYS")))))
      ]
    case .byTime:
      // The time may be over whenever it sleeps, woken or not; and then it looks once more.
      let value = expression(
        .conditional(condition, expression(.number(1)), expression(.number(0))))
      let timeout = statement(.block([set(result, value), statement(.break)]))
      sleep = statement(.either([statement(.block([sleep])), timeout]))
    }
    let loop = Statement.Kind.for(
      [], nil, nil,
      statement(
        .block(
          beginning + [
            call("prepare_to_wait", state), statement(.if(condition, statement(.break), nil)),
          ] + endings + [sleep])))
    let wait = statement(.block([statement(loop), call("finish_wait", [address])]))
    lower(
      statement(
        .if(Expression(kind: .unary(.not, condition), spot: condition.spot), wait, nil)))
    if case .never = end { return Self.nothing }
    return Value(term: .variable(answer), type: .integer)
  }

  // MARK: Structures around their members

  /// `container_of(pointer, struct whole, member)`.
  private mutating func container(
    _ name: String, _ arguments: [Expression], at spot: Spot
  ) -> Value {
    guard arguments.count == 3, case .type(let typeName) = arguments[1].kind,
      case .name(let part) = arguments[2].kind
    else {
      report("'\(name)' is written '\(name)(pointer, struct whole, member)'", at: spot)
      return .unknown
    }
    let pointer = value(of: arguments[0])
    var reader = TypeReader(world: world)
    guard case .structure(let tag) = reader.type(of: typeName) else {
      report(reader.problem ?? "'\(name)' wants a structure", at: arguments[1].spot)
      return .unknown
    }
    let members = world.memory.structures[tag] ?? []
    guard let member = members.first(where: { $0.name == part }) else {
      report(
        "'struct \(tag)' has no member '\(part)'" + hint(part, members.map(\.name)),
        at: arguments[2].spot)
      return .unknown
    }
    return Value(
      term: .making(
        .add, followed(pointer.term, at: arguments[0].spot), .constant(-member.offset)),
      type: .pointer(.structure(tag)))
  }
}
