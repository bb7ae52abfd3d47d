/// In what order one CPU may see what others store. Docs/MemoryModels.md has the rules of each.
public enum MemoryModel: String, CaseIterable, Sendable, Codable {
  /// Sequential consistency: every access is seen by everybody at once, in the order of the programs.
  case sc
  /// Total store order, as x86 has it: a store waits in its CPU's store buffer before others see it.
  case tso
  /// The kernel's memory model (tools/memory-model), without load buffering: no load is moved behind a later
  /// store.
  case lkmm
}
