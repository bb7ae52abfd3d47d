/// What is said of each member of a family by a state, as a number: its colour. Members that an exchange
/// could bring into each other's place have the same.
///
/// A value of a field says something of some members: that a page's count is 2, that a walker holds it. What
/// it says is known by an orbit: of the field, its value and the member together, under all exchanges. A
/// member's colour is the sum of a random number for each orbit, so it goes with the member wherever that
/// is moved. Two colours that are equal by accident cost time and nothing else.
struct MemberColors: ~Copyable {
  /// A field some of whose values say something.
  struct Said {
    let word: Int32
    let shift: UInt8
    let mask: UInt64
    /// Where its values begin in `starts`.
    let first: Int32
  }

  struct Mention {
    let member: Int32
    let weight: UInt64
  }

  private let said: OwnedBuffer<Said>
  /// By value of those fields: where its mentions begin; and the end of the last.
  private let starts: OwnedBuffer<Int32>
  private let mentions: OwnedBuffer<Mention>
  /// Whether some value says something of two members at once.
  private let hasPairs: Bool
  private let memberCount: Int

  /// A field with more values, together with the members, is left out.
  private static let mostTriples = 1 << 14

  init(_ symmetry: Symmetry) {
    let layout = symmetry.system.layout
    let members = symmetry.memberCount
    memberCount = members
    let fields = layout.fields.indices.filter { field in
      layout.fields[field].slot.width > 0
        && symmetry.exchanges.contains {
          $0.action.fields[field] != field || $0.action.codes[field] != nil
        }
    }
    var firsts: [Int: Int] = [:]
    var count = 0
    for field in fields where layout.fields[field].codes.count <= Self.mostTriples / members {
      firsts[field] = count
      count += layout.fields[field].codes.count * members
    }
    let orbits = Self.orbits(symmetry, firsts, count)
    var said: [Said] = []
    var starts: [Int32] = []
    var mentions: [Mention] = []
    var hasPairs = false
    for field in fields {
      guard let first = firsts[field] else { continue }
      let slot = layout.fields[field].slot
      said.append(
        Said(
          word: Int32(slot.word), shift: UInt8(slot.shift), mask: slot.mask,
          first: Int32(starts.count)))
      for code in 0..<slot.codes.count {
        starts.append(Int32(mentions.count))
        let told = symmetry.families.flatMap { family in
          Self.mentioned(of: family, first + code * members, orbits)
        }
        if told.count > 1 { hasPairs = true }
        mentions += told.map {
          var random = SplitMix64(seed: UInt64($0.orbit))
          return Mention(member: Int32($0.member), weight: random.next())
        }
      }
      starts.append(Int32(mentions.count))
    }
    self.said = OwnedBuffer(said)
    self.starts = OwnedBuffer(starts)
    self.mentions = OwnedBuffer(mentions)
    self.hasPairs = hasPairs
  }

  /// The members of a family of which a value says something: all but those of whom it says the same as of
  /// most.
  private static func mentioned(
    of family: Symmetry.Family, _ first: Int, _ orbits: [Int]
  ) -> [(member: Int, orbit: Int)] {
    let members = family.numbers.indices.map { family.firstMember + $0 }
    let counts = Dictionary(grouping: members) { orbits[first + $0] }
    let most = counts.values.map(\.count).max() ?? 0
    let isDecided = counts.values.filter { $0.count == most }.count == 1
    return members.compactMap { member in
      let orbit = orbits[first + member]
      return isDecided && counts[orbit]!.count == most ? nil : (member, orbit)
    }
  }

  /// By field, value and member: the least of their orbit.
  private static func orbits(_ symmetry: Symmetry, _ firsts: [Int: Int], _ count: Int) -> [Int] {
    var least = Array(0..<count)
    func root(_ number: Int) -> Int {
      var number = number
      while least[number] != number {
        least[number] = least[least[number]]
        number = least[number]
      }
      return number
    }
    let members = symmetry.memberCount
    for exchange in symmetry.exchanges {
      for (field, first) in firsts {
        let image = firsts[exchange.action.fields[field]]!
        let table = exchange.action.codes[field]
        for code in 0..<symmetry.system.layout.fields[field].codes.count {
          for member in 0..<members {
            let one = root(first + code * members + member)
            let other = root(
              image + (table?[code] ?? code) * members + exchange.member(member))
            least[max(one, other)] = min(one, other)
          }
        }
      }
    }
    return least.indices.map(root)
  }

  /// Adds to each member's colour what a state says of it.
  ///
  /// - Parameters:
  ///   - colors: by member; what they are before is part of them.
  ///   - scratch: room for as many.
  @inline(__always)
  func add(
    in state: UnsafePointer<UInt64>, to colors: UnsafeMutablePointer<UInt64>,
    scratch: UnsafeMutablePointer<UInt64>
  ) {
    let said = said.elements
    for number in 0..<said.count {
      let (start, end) = mentions(of: said.baseAddress.unsafelyUnwrapped + number, in: state)
      for place in start..<end {
        let mention = mentions.base + place
        colors[Int(mention.pointee.member)] &+= mention.pointee.weight
      }
    }
    if hasPairs { addCompany(in: state, to: colors, scratch: scratch) }
  }

  /// Adds to each member's colour those of the members that are named beside it.
  @inline(__always)
  func addCompany(
    in state: UnsafePointer<UInt64>, to colors: UnsafeMutablePointer<UInt64>,
    scratch: UnsafeMutablePointer<UInt64>
  ) {
    for member in 0..<memberCount { scratch[member] = colors[member] }
    let said = said.elements
    for number in 0..<said.count {
      let (start, end) = mentions(of: said.baseAddress.unsafelyUnwrapped + number, in: state)
      if _fastPath(end &- start < 2) { continue }
      for place in start..<end {
        let mention = mentions.base + place
        for other in start..<end where other != place {
          colors[Int(mention.pointee.member)] &+= Self.mixed(
            scratch[Int(mentions.base[other].member)] ^ mention.pointee.weight
              &+ mentions.base[other].weight)
        }
      }
    }
  }

  @inline(__always)
  private func mentions(
    of said: UnsafePointer<Said>, in state: UnsafePointer<UInt64>
  ) -> (start: Int, end: Int) {
    let bits = state[Int(said.pointee.word)] &>> UInt64(said.pointee.shift) & said.pointee.mask
    let start = starts.base + (Int(said.pointee.first) &+ Int(truncatingIfNeeded: bits))
    return (Int(start[0]), Int(start[1]))
  }

  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    let once = (value ^ value &>> 32) &* 0xD6E8_FEB8_6659_FD93
    return once ^ once &>> 29
  }
}
