/// The strongly connected components of a graph: Tarjan's (SIAM Journal on Computing 1, 1972), with the
/// recursion unrolled.
///
/// A component is numbered after all those to which it leads, so that a loop over the numbers from 0 on
/// meets what lies ahead first.
///
/// - Complexity: time and memory in proportion to nodes and edges.
struct Components {
  /// By node: the number of its component.
  private(set) var number: [Int]
  /// By component: its nodes.
  private(set) var members: [[Int]] = []

  /// - Parameter targets: by node: where its edges lead.
  init(of targets: [[Int]]) {
    number = Array(repeating: -1, count: targets.count)
    var search = ComponentSearch(nodeCount: targets.count)
    search.run { node, edge in edge < targets[node].count ? targets[node][edge] : nil }
    number = search.number.map(Int.init)
    members = Array(repeating: [], count: search.count)
    for node in search.order { members[number[Int(node)]].append(Int(node)) }
  }

  /// Whether a component goes round: it has more than one node, or a node with an edge to itself.
  func isCyclic(_ component: Int, _ targets: [[Int]]) -> Bool {
    let nodes = members[component]
    return nodes.count > 1 || targets[nodes[0]].contains(nodes[0])
  }
}

/// The search for components, over edges that are given one by one.
struct ComponentSearch {
  /// By node: the number of its component.
  private(set) var number: [UInt32]
  /// How many components there are.
  private(set) var count = 0
  /// The nodes, component by component in the order of their numbers.
  private(set) var order: [UInt32] = []

  private static let unseen = UInt32.max

  init(nodeCount: Int) {
    precondition(nodeCount < Int(UInt32.max) / 2)
    number = Array(repeating: Self.unseen, count: nodeCount)
  }

  /// Bytes for so many nodes, at most.
  static func byteCount(nodes: Int) -> Int { 28 * nodes }

  /// - Parameters:
  ///   - isPart: whether a node is there at all; the others keep no number.
  ///   - mustStop: asked now and then; where it says yes, numbers are missing.
  ///   - target: where the edge of a node leads, by its number from 0; nil where there are no more.
  mutating func run(
    where isPart: (Int) -> Bool = { _ in true }, until mustStop: () -> Bool = { false },
    target: (_ node: Int, _ edge: Int) -> Int?
  ) {
    // By node: its place in the order in which nodes are entered.
    var entered: UInt32 = 0
    var places = number
    var open: [UInt32] = []
    var path: [(node: UInt32, edge: UInt32, low: UInt32)] = []
    func enter(_ node: Int) {
      places[node] = entered
      open.append(UInt32(node))
      path.append((UInt32(node), 0, entered))
      entered += 1
    }
    for root in number.indices where places[root] == Self.unseen && isPart(root) {
      if entered & 0xFFF == 0 && mustStop() { return }
      enter(root)
      while let place = path.last {
        let node = Int(place.node)
        if let target = target(node, Int(place.edge)) {
          path[path.count - 1].edge += 1
          if !isPart(target) { continue }
          if places[target] == Self.unseen {
            if entered & 0xFFF == 0 && mustStop() { return }
            enter(target)
          } else if number[target] == Self.unseen {
            path[path.count - 1].low = min(place.low, places[target])
          }
          continue
        }
        path.removeLast()
        if let parent = path.indices.last { path[parent].low = min(path[parent].low, place.low) }
        if place.low == places[node] {
          while let member = open.popLast() {
            number[Int(member)] = UInt32(count)
            order.append(member)
            if member == place.node { break }
          }
          count += 1
        }
      }
    }
  }
}
