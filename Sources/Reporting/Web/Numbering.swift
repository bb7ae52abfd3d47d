/// Things of which each is kept once, in the order in which they came, and is referred to by its number.
struct Numbering<Thing: Hashable> {
  private(set) var things: [Thing] = []
  private var numbers: [Thing: Int] = [:]

  mutating func number(of thing: Thing) -> Int {
    if let number = numbers[thing] { return number }
    numbers[thing] = things.count
    things.append(thing)
    return things.count - 1
  }
}
