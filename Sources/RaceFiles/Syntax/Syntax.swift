import ModelChecking

// The tree of a race file, as it is written.

struct Expression: Sendable {
  let kind: Kind
  let spot: Spot

  indirect enum Kind: Sendable {
    case number(Int)
    case string(String)
    case name(String)
    /// `0:r1`, `P0:r1`: a local variable of an actor, in a property.
    case local(actor: Int, name: String)
    /// `x` on the right of herd's `=`: the address of a variable, or a constant.
    case addressOrConstant(String)
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    /// `place = value`, or `place += value`.
    case assign(BinaryOperator?, Expression, Expression)
    case conditional(Expression, Expression, Expression)
    case call(String, [Expression])
    case index(Expression, Expression)
    /// `whole.part` or `pointer->part`.
    case member(Expression, String, isArrow: Bool)
    case increment(Expression, by: Int, isPrefix: Bool)
    case cast(TypeName, Expression)
    case comma(Expression, Expression)
    case initializer([Initializer])
    /// A type, as an argument of `container_of()` and its like.
    case type(TypeName)
    /// What could not be read; told of already.
    case broken
  }

  static func broken(at spot: Spot) -> Expression { Expression(kind: .broken, spot: spot) }
}

/// A part of `{ .count = 1, ... }`.
struct Initializer: Sendable {
  enum Target: Sendable {
    case next
    case member(String)
    case index(Expression)
    /// `[a ... b]`.
    case range(Expression, Expression)
  }

  let target: Target
  let value: Expression
}

enum UnaryOperator: String, Sendable {
  case not = "!"
  case complement = "~"
  case minus = "-"
  case plus = "+"
  case address = "&"
  case dereference = "*"
}

enum BinaryOperator: String, Sendable {
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
  case add = "+"
  case subtract = "-"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="
  case bitAnd = "&"
  case bitXor = "^"
  case bitOr = "|"
  case and = "&&"
  case or = "||"

  var compares: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual: true
    default: false
    }
  }

  /// How tightly it binds; C's order.
  var precedence: Int {
    switch self {
    case .multiply, .divide, .remainder: 10
    case .add, .subtract: 9
    case .shiftLeft, .shiftRight: 8
    case .less, .lessOrEqual, .greater, .greaterOrEqual: 7
    case .equal, .notEqual: 6
    case .bitAnd: 5
    case .bitXor: 4
    case .bitOr: 3
    case .and: 2
    case .or: 1
    }
  }
}

/// A type as it is written before the names it is for, and with their stars.
struct TypeName: Sendable {
  enum Base: Hashable, Sendable {
    case void, bool, integer
    /// Of a number of bits, where it is not `int`.
    case sized(Int, isSigned: Bool)
    case structure(String)
    case enumeration(String)
    /// A name that is no word of C: `spinlock_t`, `atomic_t`, a typedef.
    case named(String)
  }

  let base: Base
  var pointerDepth = 0
  /// Behind how many of the stars, counted from the base, `volatile` stands.
  var volatileDepths: Set<Int> = []
  let spot: Spot
}

extension TypeName {
  /// Whether what is declared is volatile.
  var isVolatile: Bool { volatileDepths.contains(pointerDepth) }

  /// Whether it is a pointer to what is volatile.
  var pointsToVolatile: Bool { volatileDepths.contains(pointerDepth - 1) }

  /// A structure with its stars, as C writes it.
  var name: String {
    let stars = pointerDepth == 0 ? "" : " " + String(repeating: "*", count: pointerDepth)
    if case .structure(let tag) = base { return "struct \(tag)\(stars)" }
    return "type\(stars)"
  }
}

/// `type *name[n] in a..b = value`.
struct Declarator: Sendable {
  let type: TypeName
  let name: String
  let spot: Spot
  /// The numbers of elements, outermost first; none for what is no array.
  var counts: [Expression] = []
  var range: (least: Expression, greatest: Expression)?
  var initial: Expression?
  var isGhost = false
  var isPerCPU = false
}

struct Statement: Sendable {
  let kind: Kind
  let spot: Spot

  indirect enum Kind: Sendable {
    case empty
    case expression(Expression)
    case declaration([Declarator])
    case block([Statement])
    case `if`(Expression, Statement, Statement?)
    case `while`(Expression, Statement)
    case doWhile(Statement, Expression)
    case `for`([Statement], Expression?, Expression?, Statement)
    case `switch`(Expression, Statement)
    case `case`(Expression)
    case `default`
    case label(String)
    case goto(String)
    case `break`
    case `continue`
    case `return`(Expression?)
    /// `either { } or { }`.
    case either([Statement])
    /// `atomic("reason") { }`, `atomic(taking l) { }`, `atomic(holding l) { }`.
    case atomic([AtomicGround], Statement)
    /// `guard(mutex)(&lock);`
    case held(GuardSyntax)
    /// `scoped_guard(mutex, &lock) { }`.
    case heldWithin(GuardSyntax, Statement)
  }
}

/// A lock that a scope holds until it is left.
struct GuardSyntax: Sendable {
  /// The class of the guard, as `mutex`.
  let name: String
  let arguments: [Expression]
  let spot: Spot
}

/// Why nobody sees the middle of an atomic block.
struct AtomicGround: Sendable {
  enum Kind: Sendable {
    case reason(String)
    case taking(Expression)
    case holding(Expression)
  }

  let kind: Kind
  let spot: Spot
}

struct Function: Sendable {
  let name: String
  let result: TypeName
  let parameters: [Declarator]
  let body: Statement
  /// The name and the parameters.
  let spot: Spot
  /// Whether its one access is named by the call: `__step`.
  let isStep: Bool
}

extension Function {
  func named(_ name: String) -> Function {
    Function(
      name: name, result: result, parameters: parameters, body: body, spot: spot, isStep: isStep)
  }
}

/// A function that is an actor: `P0`, with what stands before it.
struct ActorSyntax: Sendable {
  let function: Function
  /// The number of `P0`.
  let number: Int
  var name: String?
  var times: Expression?
  var cpu: Expression?
  var kind = Kind.task
  var duty = Duty.end
  let spot: Spot

  enum Kind: Sendable { case task, softirq, interrupt }
  enum Duty: Sendable { case end, mayRunForever, mayBeStopped }
}

struct PieceSyntax: Sendable {
  let name: String
  /// Whether it is no part of a fix: variants choose it, and no matrix takes it out.
  let isSwitch: Bool
  let summary: String
  let source: String?
  let spot: Spot
}

struct BoundSyntax: Sendable {
  let name: String
  let summary: String
  let value: Int
  let large: Int
  let range: ClosedRange<Int>
  let spot: Spot
}

struct VariantSyntax: Sendable {
  let name: String
  let summary: String?
  let source: String?
  let pieces: [(name: String, spot: Spot)]
  let expected: [ExpectationSyntax]
  let isFix: Bool
  let spot: Spot
}

struct ExpectationSyntax: Sendable {
  /// "holds", "violated", "stuck" ...
  var kind = "holds"
  var property: String?
  var steps: Int?
  var warnings: [(name: String, steps: Int)] = []
  /// Under which it is stated.
  var memoryModels: [(model: MemoryModel, spot: Spot)] = []
  var spot: Spot
}

struct PropertySyntax: Sendable {
  enum Kind: Sendable {
    case always, warnAlways
    case reachable, alwaysReachable, eventually
  }

  let kind: Kind
  let name: String
  let condition: Expression
  /// Of `always`: when it claims something. Of `eventually`: from when on it is due.
  let when: Expression?
  let spot: Spot
}

/// `exists`, `~exists` or `forall`.
struct FinalSyntax: Sendable {
  enum Kind: String, Sendable { case exists, notExists = "~exists", forall }

  let kind: Kind
  let condition: Expression
  let spot: Spot
}

/// "this never happens", with a reason, as `system.unreachable`.
struct UnreachableSyntax: Sendable {
  let name: String
  let answer: Bool?
  let actor: String?
  let function: String?
  /// The line where it stands.
  let line: Int?
  let reason: String
  let spot: Spot
}

/// A race file.
struct RaceSyntax: Sendable {
  /// Every name that stands in it, where it is code and no comment.
  var names: Set<String> = []
  var title: String?
  var titleSpot = Spot.nowhere
  var summary: String?
  var sources: [String] = []
  var pieces: [PieceSyntax] = []
  var bounds: [BoundSyntax] = []
  var variants: [VariantSyntax] = []
  /// Constants of enumerations, with the enumeration they belong to.
  var enumerators: [(name: String, value: Expression?, enumeration: String, spot: Spot)] = []
  var structures: [StructureSyntax] = []
  var typedefs: [String: TypeName] = [:]
  var globals: [Declarator] = []
  /// `x=1;` in the initial block, of something that is declared by a parameter.
  var initials: [(name: String, value: Expression, spot: Spot)] = []
  /// `0:r1 = 5;` in the initial block.
  var localInitials: [(actor: Int, name: String, value: Expression)] = []
  var functions: [Function] = []
  var actors: [ActorSyntax] = []
  var properties: [PropertySyntax] = []
  /// Where it asks to be told of data races.
  var dataRaces: Spot?
  /// Where the first `ASSERT_EXCLUSIVE_WRITER()` or the like stands, which asks for data races to be told of as well.
  var exclusiveAccess: Spot?
  var unreachable: [UnreachableSyntax] = []
  var final: FinalSyntax?
  var filter: Expression?
  /// The kinds of locks that scopes hold in it.
  var guards: Set<String> = []
  var locations: [Expression] = []

  /// Whether one of some names stands in it.
  func mentions(_ names: some Sequence<String>) -> Bool {
    names.contains(where: self.names.contains)
  }
}

struct StructureSyntax: Sendable {
  let name: String
  let members: [Declarator]
  let spot: Spot
}
