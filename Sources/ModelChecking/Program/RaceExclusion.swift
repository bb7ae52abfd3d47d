/// Which accesses of others a step claims not to be made at the same time, marked ones too
/// (include/linux/kcsan-checks.h, v5.9 to v6.12).
package enum RaceExclusion: Sendable {
  /// `ASSERT_EXCLUSIVE_WRITER()`.
  case writes
  /// `ASSERT_EXCLUSIVE_ACCESS()`.
  case accesses
}
