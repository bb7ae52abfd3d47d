/* put-page-race for Spin: a page walker's put_page() against virtio-mem setting a page offline.
 *
 * Source: David Hildenbrand, 16 Oct 2019, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
 * PageOffline() pages with a reference count of 0". As reported there, the walker's put can be the
 * last one and frees a page that the driver owns. With the patch's hook in __put_page() it can't.
 *
 *     spin -a -DHOOK=1 put-page-race.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * With -DHOOK=0 it is violated, and `spin -t -DHOOK=0 put-page-race.pml` replays the shortest trace.
 *
 * What makes the counts comparable:
 * - One process, there from the start, that never leaves the head of its loop; where the two actors
 *   are is kept in variables. A state is (refcount, type, list, walker, virtio).
 * - Each access to the page is one d_step.
 * - The trail of a violation is as many steps long as the trace. pan's "transitions" also counts
 *   the entry into the initial state: it is one more than the number of transitions.
 */

mtype = { get, put, hook, free, set, drop, done }  /* what an actor does next */

byte refcount = 1
bool offline                    /* the page's type */
bool onFreeList
mtype walker = get
mtype virtio = set

#if HOOK
#define LAST_PUT hook
#else
#define LAST_PUT free
#endif

active proctype race() {
  do
  /* The walker: get_page_unless_zero(), put_page(). */
  :: d_step { walker == get ->
       if
       :: refcount == 0 -> walker = done
       :: else -> refcount++; walker = put
       fi }
  :: d_step { walker == put ->
       refcount--;
       if
       :: refcount == 0 -> walker = LAST_PUT
       :: else -> walker = done
       fi }
  :: d_step { walker == hook ->
       if
       :: offline -> walker = done
       :: else -> walker = free
       fi }
  :: d_step { walker == free ->
       onFreeList = true; walker = done;
       assert(!onFreeList)  /* the page is the driver's throughout */ }

  /* virtio-mem: __SetPageOffline(), page_ref_dec(). */
  :: d_step { virtio == set -> offline = true; virtio = drop }
  :: d_step { virtio == drop -> refcount--; virtio = done }
  od
}
