/* page-churn for Spin: walkers that get and put pages, virtio-mem that takes pages offline and
 * brings them back, and an allocator. It holds. It is the yardstick by which explorers are
 * compared: the same system as straypage's page-churn and as page-churn.m, written on its own.
 *
 *     spin -a -DPAGES=2 -DWALKERS=2 page-churn.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -o pan pan.c && ./pan -E -m1000000
 *
 * What makes the counts comparable:
 * - One process, there from the start, that never leaves the head of its loop: process creation,
 *   exit and position add no state. Who is where is kept in variables.
 * - Each transition is one d_step, so nothing in between is stored.
 * - pan's "transitions" (stored + matched) also counts the entry into the initial state:
 *   it is one more than the number of transitions.
 */

#if PAGES < 1 || PAGES > 4 || WALKERS < 1 || WALKERS > 6
#error "PAGES goes from 1 to 4, WALKERS from 1 to 6"
#endif

mtype = { idle, holding, freeing, marked }

byte refcount[PAGES] = 1
bool offline[PAGES]
bool inBuddy[PAGES]
mtype walker[WALKERS] = idle
byte walkerPage[WALKERS]        /* 0 when idle */
mtype virtio = idle
byte virtioPage                 /* 0 when idle */

#define GET(w, p) \
  :: d_step { walker[w] == idle && refcount[p] > 0 -> \
       refcount[p]++; assert(refcount[p] <= WALKERS + 2); \
       walker[w] = holding; walkerPage[w] = p }

#define PUT_AND_FREE(w) \
  :: d_step { walker[w] == holding -> \
       refcount[walkerPage[w]]--; \
       if \
       :: refcount[walkerPage[w]] == 0 -> walker[w] = freeing \
       :: else -> walker[w] = idle; walkerPage[w] = 0 \
       fi } \
  :: d_step { walker[w] == freeing -> \
       if \
       :: !offline[walkerPage[w]] -> inBuddy[walkerPage[w]] = true \
       :: else \
       fi; \
       walker[w] = idle; walkerPage[w] = 0 }

#define TAKE_OFFLINE(p) \
  :: d_step { virtio == idle && !offline[p] && refcount[p] > 0 -> \
       offline[p] = true; virtio = marked; virtioPage = p }

#define BRING_BACK(p) \
  :: d_step { virtio == idle && offline[p] && refcount[p] == 0 -> \
       offline[p] = false; refcount[p] = 1 }

#define ALLOCATE(p) \
  :: d_step { inBuddy[p] && refcount[p] == 0 -> \
       inBuddy[p] = false; refcount[p] = 1 }

/* Page p (walker w) where the bounds have one, nothing otherwise. */
#if PAGES > 1
#define PAGE1(x) x
#else
#define PAGE1(x)
#endif
#if PAGES > 2
#define PAGE2(x) x
#else
#define PAGE2(x)
#endif
#if PAGES > 3
#define PAGE3(x) x
#else
#define PAGE3(x)
#endif

#define WALKER(w) \
  GET(w, 0) PAGE1(GET(w, 1)) PAGE2(GET(w, 2)) PAGE3(GET(w, 3)) \
  PUT_AND_FREE(w)

#define PAGE(p) TAKE_OFFLINE(p) BRING_BACK(p) ALLOCATE(p)

active proctype churn() {
  do
  WALKER(0)
#if WALKERS > 1
  WALKER(1)
#endif
#if WALKERS > 2
  WALKER(2)
#endif
#if WALKERS > 3
  WALKER(3)
#endif
#if WALKERS > 4
  WALKER(4)
#endif
#if WALKERS > 5
  WALKER(5)
#endif
  PAGE(0) PAGE1(PAGE(1)) PAGE2(PAGE(2)) PAGE3(PAGE(3))
  :: d_step { virtio == marked ->
       refcount[virtioPage]--; virtio = idle; virtioPage = 0 }
  od
}
