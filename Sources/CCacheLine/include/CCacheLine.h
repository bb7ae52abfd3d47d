#ifndef STRAYPAGE_CACHE_LINE_H
#define STRAYPAGE_CACHE_LINE_H

#include <stdint.h>

/// Asks the processor to bring the cache line at `address` near; never faults.
static inline void straypage_prefetch(const void *address) { __builtin_prefetch(address); }

typedef uint32_t straypage_four_words __attribute__((ext_vector_type(4)));

/// Reads four words, aligned to 16 bytes, which other threads may be writing: each of them atomically,
/// and once. The language has no word for that, the processors do: their vector loads are atomic for
/// each element that is aligned.
static inline straypage_four_words straypage_load_four(const void *address) {
  const straypage_four_words *from = (const straypage_four_words *)address;
  straypage_four_words words;
#if defined(__x86_64__)
  __asm__ volatile("movdqa %1, %0" : "=x"(words) : "m"(*from));
#elif defined(__aarch64__)
  __asm__ volatile("ld1 {%0.4s}, %1" : "=w"(words) : "Q"(*from));
#else
  for (int i = 0; i < 4; i++) words[i] = __atomic_load_n((const uint32_t *)address + i, __ATOMIC_RELAXED);
#endif
  return words;
}

#endif
