import ModelChecking

/// A race file's text, and where its lines are.
struct SourceText: Sendable {
  /// The path as it was given.
  let path: String
  /// The same for declarations, of which reports show what is below the repository's root.
  let file: String
  let bytes: [UInt8]
  private let lineStarts: [Int]

  init(path: String, file: String? = nil, bytes: [UInt8]) {
    self.path = path
    self.file = file ?? path
    self.bytes = bytes
    var starts = [0]
    for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(place + 1)
    }
    lineStarts = starts
  }

  /// The line of a place, counted from 1. Logarithmic in the number of lines.
  func line(of place: Int) -> Int {
    var (low, high) = (0, lineStarts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= place { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The column of a place, counted from 1, in bytes.
  func column(of place: Int) -> Int { place - lineStarts[line(of: place) - 1] + 1 }

  func sourceLine(of spot: Spot) -> SourceLine {
    SourceLine(file: file, line: line(of: spot.start))
  }

  var lines: [String] {
    let count = bytes.last == UInt8(ascii: "\n") ? lineStarts.count - 1 : lineStarts.count
    return (0..<count).map { text(ofLine: $0 + 1) }
  }

  /// A line without its end.
  func text(ofLine line: Int) -> String {
    let start = lineStarts[line - 1]
    let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  func text(of spot: Spot) -> String {
    String(decoding: bytes[spot.start..<max(spot.start, spot.end)], as: UTF8.self)
  }

  /// The text of a spot on one line: comments are left out, and white space is one blank.
  func flatText(of spot: Spot) -> String {
    var result: [UInt8] = []
    var place = spot.start
    func starts(_ text: StaticString, at place: Int) -> Bool {
      place + 1 < spot.end && bytes[place] == text.utf8Start[0]
        && bytes[place + 1] == text.utf8Start[1]
    }
    while place < spot.end {
      if starts("//", at: place) {
        while place < spot.end && bytes[place] != UInt8(ascii: "\n") { place += 1 }
        continue
      }
      if starts("/*", at: place) {
        place += 2
        while place < spot.end && !starts("*/", at: place) { place += 1 }
        place = min(place + 2, spot.end)
        continue
      }
      let byte = bytes[place]
      let isBlank = byte == 32 || byte == 9 || byte == 10 || byte == 13
      if !isBlank {
        result.append(byte)
      } else if let last = result.last, last != 32 {
        result.append(32)
      }
      place += 1
    }
    if result.last == 32 { result.removeLast() }
    return String(decoding: result, as: UTF8.self)
  }
}

/// A part of the text: from a byte to before another.
struct Spot: Hashable, Sendable {
  var start: Int
  var end: Int

  static let nowhere = Spot(start: 0, end: 0)

  func to(_ other: Spot) -> Spot { Spot(start: start, end: max(end, other.end)) }
}
