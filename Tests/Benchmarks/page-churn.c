// page-churn written by hand: how fast can an explorer for this one model be?
//
//     gcc -O3 -march=native -DPAGES=4 -DWALKERS=4 -o page-churn page-churn.c
//     ./page-churn 10661625
//
// The argument is the number of states to make room for.
//
// It is no model checker: the layout, the transitions and the size of the table are fixed, nothing
// is checked, and no trace could be printed. What it shares with one: every state is stored whole,
// and they are found breadth first. A state is a word in an open-addressing table. Successors are
// collected, their slots prefetched, and only then looked up, so that the waits for memory overlap.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#if PAGES < 1 || PAGES > 4 || WALKERS < 1 || WALKERS > 6
#error "PAGES goes from 1 to 4, WALKERS from 1 to 6"
#endif

typedef uint64_t State;

// --- The state. Bit 63 is always set: a slot that is 0 is empty.

#define BIT(n) ((State)1 << (n))

// Page p: its count, and then two flags.
#define COUNT_BITS (WALKERS + 2 < 4 ? 2 : WALKERS + 2 < 8 ? 3 : 4)
#define COUNT(p) ((p) * (COUNT_BITS + 2))
#define ONE(p) BIT(COUNT(p))
#define OFFLINE(p) BIT(COUNT(p) + COUNT_BITS)
#define IN_BUDDY(p) BIT(COUNT(p) + COUNT_BITS + 1)

// Walker w: its place in two bits, and its page in two.
enum { IDLE, HOLDING, FREEING };
#define WALKER(w) (COUNT(PAGES) + 4 * (w))
#define AT(w, place, p) ((State)((place) | (p) << 2) << WALKER(w))

// virtio-mem: whether it has marked a page, and which in two bits.
#define VIRTIO WALKER(WALKERS)
#define MARKED(p) ((State)(1 | (p) << 1) << VIRTIO)

_Static_assert(VIRTIO + 3 <= 63, "there is room for bit 63");

static inline unsigned bits(State s, int shift, int width) { return s >> shift & (BIT(width) - 1); }
static inline unsigned count(State s, int p) { return bits(s, COUNT(p), COUNT_BITS); }

static State initial(void) {
  State s = BIT(63);
  for (int p = 0; p < PAGES; p++) s += ONE(p);
  return s;
}

enum { MOST_SUCCESSORS = WALKERS * PAGES + 2 * PAGES + 1 };

// Writes the successors of a state, and possibly one word more, and returns their end. Where a
// transition may or may not be enabled, its outcome is written and then kept or not, because a
// branch would be mispredicted.
static inline State *expand(State s, State *end) {
#pragma GCC unroll 8
  for (int w = 0; w < WALKERS; w++) {
    unsigned place = bits(s, WALKER(w), 2), held = bits(s, WALKER(w) + 2, 2);
    if (place == IDLE) {
#pragma GCC unroll 8
      for (int p = 0; p < PAGES; p++) {
        *end = (s + ONE(p)) | AT(w, HOLDING, p);
        end += count(s, p) > 0;
      }
    } else if (place == HOLDING) {
      State put = s - ONE(held);
      *end++ = count(put, held) == 0 ? put + AT(w, FREEING - HOLDING, 0) : put & ~AT(w, 3, 3);
    } else {
      *end++ = (s & OFFLINE(held) ? s : s | IN_BUDDY(held)) & ~AT(w, 3, 3);
    }
  }
  int isIdle = !(s & MARKED(0));
  if (!isIdle) *end++ = (s - ONE(bits(s, VIRTIO + 1, 2))) & ~MARKED(3);
#pragma GCC unroll 8
  for (int p = 0; p < PAGES; p++) {
    int isUsed = count(s, p) > 0, isOffline = (s & OFFLINE(p)) != 0;
    *end = isUsed ? s | OFFLINE(p) | MARKED(p) : (s & ~OFFLINE(p)) + ONE(p);
    end += isIdle & (isUsed ^ isOffline);
    *end = (s & ~IN_BUDDY(p)) + ONE(p);
    end += !isUsed & ((s & IN_BUDDY(p)) != 0);
  }
  return end;
}

// --- The search

enum {
  BATCH = 256,     // successors that are looked up together
  RECENT = 32768,  // successors remembered: what comes again soon isn't looked up again
};

// Zeros that take no memory until they are touched.
static void *reserve(size_t bytes) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (memory == MAP_FAILED) {
    perror("page-churn");
    exit(2);
  }
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

static inline uint64_t hash(State s) { return (s ^ s >> 29) * 0x9E3779B97F4A7C15; }

int main(int argc, char **argv) {
  uint64_t room = argc == 2 ? strtoull(argv[1], 0, 10) : 0;
  if (room == 0) {
    fprintf(stderr, "usage: %s STATES\n", argv[0]);
    return 2;
  }
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);

  // Half full in the end. The slots past the last one are for what doesn't fit in front of them.
  uint64_t slots = 2 * room;
  State *table = reserve((slots + 4096) * sizeof(State));
#define SLOT(h) (&table[(unsigned __int128)(h) * slots >> 64])

  // A level and the next.
  State *level = reserve((room + BATCH + MOST_SUCCESSORS) * sizeof(State));
  State *next = reserve((room + BATCH + MOST_SUCCESSORS) * sizeof(State));

  static State recent[RECENT];
  static State successors[BATCH + MOST_SUCCESSORS + 1];

  uint64_t states = 1, transitions = 0, depth = 0;
  level[0] = *SLOT(hash(initial())) = initial();
  for (uint64_t width = 1, found; width > 0; width = found) {
    found = 0;
    for (uint64_t i = 0; i < width;) {
      State *last = successors;
      while (i < width && last < successors + BATCH) {
        State *it = last, *past = expand(level[i++], last);
        transitions += past - it;
        for (; it < past; it++) {
          State s = *it;
          uint64_t h = hash(s);
          State *known = &recent[(h >> 20) % RECENT];
          *last = s;
          last += *known != s;
          *known = s;
          __builtin_prefetch(SLOT(h));
        }
      }
      for (State *it = successors; it < last; it++) {
        State *slot = SLOT(hash(*it));
        while (*slot != *it && *slot != 0) slot++;
        if (*slot == 0) next[found++] = *slot = *it;
      }
      if (states + found > room) {
        fprintf(stderr, "page-churn: there are more than %s states\n", argv[1]);
        return 1;
      }
    }
    State *swap = level;
    level = next;
    next = swap;
    states += found;
    depth += found > 0;
  }

  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%llu states, %llu transitions, depth %llu, %.3f s\n", (unsigned long long)states,
         (unsigned long long)transitions, (unsigned long long)depth,
         end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9);
}
