/// In what order one CPU may see what others store. Docs/MemoryModels.md has the rules of each.
public enum MemoryModel: String, CaseIterable, Sendable, Codable {
  /// Sequential consistency: every access is seen by everybody at once, in the order of the programs.
  case sc
  /// Total store order, as x86 has it: a store waits in its CPU's store buffer before others see it.
  case tso
  /// The kernel's memory model (tools/memory-model), without load buffering: no load is moved behind a later
  /// store.
  case lkmm

  /// The one that stands for a machine or for another's word: lkmm for "arm64", as Linux relies on no more of any
  /// machine than its own model says. Nil for what is not known.
  package static func standing(for name: String) -> MemoryModel? {
    let word = name.lowercased().replacing(/[-_ ]/, with: "")
    func names(_ words: String) -> Bool { words.split(separator: " ").contains { $0 == word } }
    if names("seqcst seqconsistent sequential sequentialconsistency interleaving none") {
      return .sc
    }
    let strong =
      "x86 x8664 x8632 x64 amd64 i386 i486 i586 i686 ia32 intel amd s390 s390x sparc sparc64"
    if names(strong) { return .tso }
    let weak = """
      arm arm64 aarch64 armv7 armv8 armv9 power powerpc power9 power10 ppc ppc64 ppc64le ppc64el riscv riscv32 riscv64 \
      rvwmo alpha loongarch loongarch64 mips mips64 ia64 itanium linux linuxkernel kernel weak relaxed pso rmo
      """
    return names(weak) ? .lkmm : nil
  }
}
