/// The one of `known` that differs from `name` by the fewest edits, if these are few enough to be a
/// slip: at most 2, or a third of the name's length.
package func nearestName(to name: String, among known: [String]) -> String? {
  let most = max(2, name.count / 3)
  func length(_ name: String) -> Int { min(name.utf8.count, longestCompared) }
  let distances = known.lazy.filter { abs(length($0) - length(name)) <= most }
    .map { (name: $0, edits: editDistance(name, $0)) }
  guard let best = distances.min(by: { $0.edits < $1.edits }) else { return nil }
  return best.edits <= most ? best.name : nil
}

/// How many bytes of names are compared.
private let longestCompared = 64

/// The Levenshtein distance in bytes. Time is the product of the lengths, of which at most 64 count.
func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a.utf8.prefix(longestCompared))
  let b = Array(b.utf8.prefix(longestCompared))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}

/// The mistakes in a list of names that must be different: "two variants are called 'fixed'".
func duplicates(of names: [String], _ plural: String) -> [String] {
  var seen: Set<String> = []
  var told: Set<String> = []
  return names.filter { !seen.insert($0).inserted && told.insert($0).inserted }
    .map { "two \(plural) are called '\($0)'" }
}
