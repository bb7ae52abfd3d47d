import ModelChecking

/// A model of BEEM and what its authors counted (R. Pelánek, "BEEM: Benchmarks for Explicit Model Checkers",
/// SPIN 2007).
struct Benchmark: Sendable {
  let name: String
  /// The published count.
  let states: Int
  let declare: @Sendable (SystemBuilder) -> Void

  init(_ name: String, states: Int, _ declare: @escaping @Sendable (SystemBuilder) -> Void) {
    self.name = name
    self.states = states
    self.declare = declare
  }

  static let all = [
    Benchmark("anderson.6", states: 18_206_917) { declareAnderson(in: $0, processes: 6) },
    Benchmark("at.4", states: 6_597_245) {
      declareAlurTaubenfeld(in: $0, processes: 5, k1: 1, k2: 3)
    },
    Benchmark("bakery.5", states: 7_866_401) { declareBakery(in: $0, processes: 4, largest: 7) },
    Benchmark("fischer.6", states: 8_321_728) {
      declareFischer(in: $0, processes: 8, k1: 2, k2: 3)
    },
    Benchmark("hanoi.3", states: 14_348_907) { declareHanoi(in: $0, disks: 15) },
    Benchmark("lamport.6", states: 8_717_688) { declareLamport(in: $0, processes: 4) },
    Benchmark("mcs.3", states: 571_459) { declareMCS(in: $0, processes: 4) },
    Benchmark("peterson.4", states: 1_119_560) { declarePeterson(in: $0, processes: 4) },
    Benchmark("phils.4", states: 340_789) {
      declarePhilosophers(in: $0, count: 9, seats: 7)
    },
    Benchmark("phils.6", states: 14_348_906) {
      declarePhilosophers(in: $0, count: 15, seats: nil)
    },
    Benchmark("szymanski.4", states: 2_313_863) { declareSzymanski(in: $0, processes: 4) },
  ]
}
