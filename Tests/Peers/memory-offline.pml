/* memory-offline for Spin: offline_pages() of a block with a page that a driver has unplugged,
 * against an allocator, where offlining may be interrupted by a signal.
 *
 * Source: David Hildenbrand, 18 Oct 2019, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
 * PageOffline() pages with a reference count of 0". As told there, a driver that releases the page
 * to the buddy in MEM_GOING_OFFLINE loses it if offlining fails: MEM_CANCEL_OFFLINE comes after the
 * block's isolation is undone. Upstream (commit aa218795cb5f) the driver drops its reference in
 * MEM_GOING_OFFLINE and takes it again in MEM_CANCEL_OFFLINE.
 *
 *     spin -a -DGOING=release -DSCAN=1 -DTEST=1 memory-offline.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - GOING is what the driver does in MEM_GOING_OFFLINE: nothing (the Hyper-V and Xen balloons), drop
 *   its reference (virtio-mem) or release the page to the buddy.
 * - SCAN: scan_movable_pages() refuses PageOffline pages with a reference. TEST:
 *   test_pages_isolated() passes PageOffline pages only with reference count 0.
 * - Each step of offline_pages() is one d_step, the driver's callback included: until the isolation
 *   is undone nobody else can get at the page.
 */

mtype = { isolate, going, signal, scan, test, remove, undo, cancel, done }  /* offline_pages() next */
mtype = { allocate, touch }                                                 /* the allocator next */
mtype = { none, movable, isolated }                                         /* the buddy's lists */
mtype = { nothing, drop, release }                                          /* GOING */

byte refcount = 1               /* the driver's reference */
bool pageOffline = true         /* the page's type; it isn't plugged */
mtype list = none
mtype offliner = isolate
mtype allocator = allocate

active proctype offlining() {
  do
  /* start_isolate_page_range(): a page in use that isn't PageOffline is unmovable. */
  :: d_step { offliner == isolate && (pageOffline || refcount == 0) ->
       if
       :: list == movable -> list = isolated
       :: else
       fi;
       offliner = going }
  :: d_step { offliner == going ->
       if
       :: GOING == nothing
       :: GOING == drop && pageOffline -> refcount--
       :: GOING == release && pageOffline -> pageOffline = false; refcount--; list = isolated
       :: else
       fi;
       offliner = signal }
  :: d_step { offliner == signal -> offliner = undo }  /* one is pending */
  :: d_step { offliner == signal -> offliner = scan }
  :: d_step { offliner == scan ->
       if
       :: SCAN && pageOffline && refcount > 0 -> offliner = undo  /* -EBUSY */
       :: else -> offliner = test
       fi }
  :: d_step { offliner == test ->
       if
       :: list == isolated || (pageOffline && (refcount == 0 || !TEST)) -> offliner = remove
       :: else -> offliner = signal
       fi }
  :: d_step { offliner == remove ->
       assert(refcount == 0 && (list == isolated || pageOffline));  /* BUG_ON() */
       list = none; offliner = done }
  :: d_step { offliner == undo ->
       if
       :: list == isolated -> list = movable
       :: else
       fi;
       offliner = cancel }
  :: d_step { offliner == cancel ->
       if
       :: GOING == drop && pageOffline -> refcount++
       :: else
       fi;
       assert(!pageOffline || refcount == 1);
       offliner = isolate }

  :: d_step { allocator == allocate && list == movable ->
       list = none; refcount = 1; allocator = touch;
       assert(!pageOffline) }
  :: d_step { allocator == touch -> assert(false) }  /* the page isn't plugged throughout */
  od
}
