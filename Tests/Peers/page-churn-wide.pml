/* page-churn with wide states for Spin: the same system as page-churn.pml, a page's fields as wide
 * as in straypage's variant wide: eight bytes a page.
 *
 *     spin -a -DPAGES=2 -DWALKERS=2 page-churn-wide.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DCOLLAPSE -o pan pan.c && ./pan -E -m1000000
 *
 * The actors are processes here: -DCOLLAPSE stores each process's part of the state once, which is
 * of use only where there are several. What makes the counts comparable:
 * - All processes are there from the start and none ends.
 * - Each transition is one d_step. Where an actor is, is the place of its process; its page is 0
 *   where it has none.
 * - pan's "transitions" (stored + matched) also counts the entry into the initial state:
 *   it is one more than the number of transitions.
 */

#if PAGES < 1 || PAGES > 4
#error "PAGES goes from 1 to 4"
#endif

int refcount[PAGES] = 1
short offline[PAGES]
short inBuddy[PAGES]

#define GET(p) \
  :: d_step { refcount[p] > 0 -> \
       refcount[p]++; assert(refcount[p] <= WALKERS + 2); page = p }

#define TAKE_OFFLINE(p) \
  :: d_step { !offline[p] && refcount[p] > 0 -> offline[p] = true; page = p }

#define BRING_BACK(p) \
  :: d_step { offline[p] && refcount[p] == 0 -> offline[p] = false; refcount[p] = 1 }

#define ALLOCATE(p) \
  :: d_step { inBuddy[p] && refcount[p] == 0 -> inBuddy[p] = false; refcount[p] = 1 }

/* The ways for each page there is. */
#if PAGES == 1
#define EACH(way) way(0)
#elif PAGES == 2
#define EACH(way) way(0) way(1)
#elif PAGES == 3
#define EACH(way) way(0) way(1) way(2)
#else
#define EACH(way) way(0) way(1) way(2) way(3)
#endif

active [WALKERS] proctype walker() {
  byte page;
  do
  :: if
     EACH(GET)
     fi;
     if
     :: d_step { refcount[page] > 1 -> refcount[page]--; page = 0 }
     :: d_step { refcount[page] == 1 -> refcount[page] = 0 };
        d_step {
          if
          :: !offline[page] -> inBuddy[page] = true
          :: else
          fi;
          page = 0 }
     fi
  od
}

active proctype virtio() {
  byte page;
  do
  EACH(BRING_BACK)
  :: if
     EACH(TAKE_OFFLINE)
     fi;
     d_step { refcount[page]--; page = 0 }
  od
}

active proctype allocator() {
  do
  EACH(ALLOCATE)
  od
}
