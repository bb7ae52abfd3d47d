/// The columns of a trace's table, and how much room the text of a step has in them. A name that is too long for
/// its lane goes on over those to the right of it, or ends at its dot where there are none.
package struct WebLanes {
  /// The characters that all lanes together have at a page of 1280 pixels, where the state stands beside them.
  private static let characters = 62
  /// What the dot and the space round a text take of them.
  private static let margin = 3
  /// More lanes than these get a rail each, but no column.
  private static let mostColumns = 6

  let lanes: [TraceTable.Lane]

  package init(lanes: [TraceTable.Lane]) { self.lanes = lanes }

  /// Whether all steps stand in one column beside the rails, because there is no room for more.
  package var isCrowded: Bool {
    lanes.count > Self.mostColumns
      || lanes.contains { lane in
        lane.actor.split { " -".contains($0) }.contains { $0.count > charactersOfLane }
      }
  }

  private var charactersOfLane: Int { Self.characters / max(1, lanes.count) }

  /// The lanes over which a text of a lane is written.
  package struct Extent: Equatable {
    let lanes: ClosedRange<Int>
    /// Whether it ends at its dot.
    let isLeft: Bool

    package init(lanes: ClosedRange<Int>, isLeft: Bool) {
      self.lanes = lanes
      self.isLeft = isLeft
    }
  }

  /// - Parameter width: the characters of the longest line that must not be broken.
  package func extent(of width: Int, in lane: Int) -> Extent {
    let count = (width + Self.margin + charactersOfLane - 1) / charactersOfLane
    let right = lanes.count - lane
    if count <= right || right > lane {
      return Extent(lanes: lane...lane + min(max(count, 1), right) - 1, isLeft: false)
    }
    return Extent(lanes: lane - min(count, lane)...lane, isLeft: true)
  }
}
