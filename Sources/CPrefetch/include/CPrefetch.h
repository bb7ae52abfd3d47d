#ifndef STRAYPAGE_PREFETCH_H
#define STRAYPAGE_PREFETCH_H

/// Asks the processor to bring the cache line at `address` near; never faults.
static inline void straypage_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
