#if MPI
  import CMPI
  import Foundation
  import ModelChecking

  /// The processes that a launcher of MPI started: `mpirun`, or Slurm's `srun`.
  package final class MPIPeers: Peers, @unchecked Sendable {
    // Unchecked: one thread at a time uses it, which is the search's.

    package let rank: Int
    package let count: Int
    package let countHere: Int
    package let mostWords: Int
    /// What is said before a reason to end all.
    private let name: String

    /// What launchers have in the environment of each process that they start: Open MPI's, and what others have.
    private static let marks = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]

    /// 32 KB. A state, which has 2,048 words at most, fits in.
    private static let mostWords = 4096

    /// The processes among which this is one; nil where no launcher started it.
    package static func started(as name: String) -> MPIPeers? {
      let environment = ProcessInfo.processInfo.environment
      return marks.contains { environment[$0] != nil } ? MPIPeers(name) : nil
    }

    private init(_ name: String) {
      self.name = name
      mostWords = Self.mostWords
      straypage_mpi_begin(mostWords)
      rank = Int(straypage_mpi_rank())
      count = Int(straypage_mpi_count())
      countHere = Int(straypage_mpi_count_here())
    }

    package func send(
      _ words: UnsafeBufferPointer<UInt64>, _ kind: PeerMessage.Kind, to rank: Int
    ) -> Bool {
      straypage_mpi_send(words.baseAddress, words.count, kind.rawValue, Int32(rank)) != 0
    }

    package func receive() -> PeerMessage? {
      var message = straypage_mpi_message()
      guard straypage_mpi_receive(&message) != 0,
        let kind = PeerMessage.Kind(rawValue: message.kind)
      else { return nil }
      return PeerMessage(
        words: UnsafeBufferPointer(start: message.words, count: message.count), kind: kind,
        sender: Int(message.sender))
    }

    package func wait() { sched_yield() }

    package func gather(_ words: [UInt64]) -> [[UInt64]] {
      var counts = [Int32](repeating: 0, count: count)
      straypage_mpi_gather_counts(Int32(words.count), &counts)
      var all = [UInt64](repeating: 0, count: counts.reduce(0) { $0 + Int($1) })
      straypage_mpi_gather(words, Int32(words.count), counts, &all)
      var rest = all[...]
      return counts.map { count in
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
      }
    }

    package func abort(_ reason: InputError) -> Never {
      let text = reason.lines.joined(separator: "\n")
      FileHandle.standardError.write(Data("\(name): rank \(rank): \(text)\n".utf8))
      straypage_mpi_abort(2)
    }

    package func leave() { straypage_mpi_end() }
  }
#endif
