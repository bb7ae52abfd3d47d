/* memory-offline for Spin: offline_pages() of a block with a page that a driver has unplugged,
 * against an application, a pfn walker and alloc_contig_range(), where a signal may interrupt it.
 *
 * Source: David Hildenbrand, 18 Oct 2019, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
 * PageOffline() pages with a reference count of 0". As told there, a driver that releases the page
 * to the buddy in MEM_GOING_OFFLINE loses it if offlining fails: MEM_CANCEL_OFFLINE comes after the
 * block's isolation is undone. Upstream (commit aa218795cb5f) the driver drops its reference in
 * MEM_GOING_OFFLINE and takes it again in MEM_CANCEL_OFFLINE.
 *
 *     spin -a -DGOING=release -DSCAN=1 -DTEST=1 -DREGAIN=1 -DANYWALKER=0 memory-offline.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - GOING is what the driver does in MEM_GOING_OFFLINE: nothing (the Hyper-V and Xen balloons), drop
 *   its reference (virtio-mem) or release the page to the buddy. REGAIN: MEM_CANCEL_OFFLINE takes
 *   the reference again.
 * - SCAN: scan_movable_pages() refuses PageOffline pages with a reference. TEST:
 *   test_pages_isolated() passes PageOffline pages only with reference count 0.
 * - ANYWALKER: the walker takes references to PageOffline pages too.
 * - A section of zone->lock is one d_step, and so is a callback of the driver. The application's
 *   page moves out of the block in the step that reads its count.
 */

mtype = { none, movable, isolated, offline }  /* a page's list; the latter three a block's type */
mtype = { nothing, drop, release }            /* GOING */

#define DRIVERS 0                             /* the driver's page; it isn't plugged */
#define ORDINARY 1

byte refcount[2]
bool pageOffline = true         /* the type of the driver's page */
mtype block = none              /* until all is as it is at the start */
mtype list[2] = none
bool lru                        /* the ordinary page is the application's, and mapped */
bool moved                      /* its content was migrated out of the block */

/* A page in use is unmovable if it isn't on the LRU; a driver's passes where the block goes offline. */
#define MOVABLE(page, toOffline) (list[page] != none || refcount[page] == 0 || \
  (page == ORDINARY && lru) || (page == DRIVERS && pageOffline && toOffline))

#define MOVEFREE(type) \
  list[0] = (list[0] != none -> type : none); list[1] = (list[1] != none -> type : none)

#define CHECK \
  assert(!(pageOffline && list[DRIVERS] != none)); \
  assert(list[0] == none || (refcount[0] == 0 && list[0] == block)); \
  assert(list[1] == none || (refcount[1] == 0 && list[1] == block))

/* put_page(): the last one frees the page to the list of its block's type. */
inline put(page) {
  d_step { assert(refcount[page] > 0); refcount[page]--; last = (refcount[page] == 0) };
  if
  :: last -> d_step { list[page] = block; last = false; CHECK }
  :: !last
  fi
}

/* migrate_pages() of the ordinary page, if the application has it and nobody else. */
inline migrate() {
  if
  :: d_step { lru && refcount[ORDINARY] > 0 -> refcount[ORDINARY]++ };
     if
     :: d_step { lru && refcount[ORDINARY] == 2 -> refcount[ORDINARY] = 1; lru = false; moved = true }
     :: !(lru && refcount[ORDINARY] == 2)
     fi;
     put(ORDINARY)
  :: !lru || refcount[ORDINARY] == 0
  fi
}

#define BLOCKOFFLINE (block == offline)

active proctype offlining() {
  bool last, signal;
  d_step { refcount[DRIVERS] = 1; list[ORDINARY] = movable; block = movable };
  do
  :: block == movable ->
     /* start_isolate_page_range() */
     if
     :: d_step { block == movable && MOVABLE(DRIVERS, true) && MOVABLE(ORDINARY, true) ->
          block = isolated; MOVEFREE(isolated); CHECK }
     :: block != movable || !MOVABLE(DRIVERS, true) || !MOVABLE(ORDINARY, true) -> goto again
     fi;
     if
     :: d_step { GOING == drop && pageOffline -> refcount[DRIVERS]-- }
     :: GOING == release && pageOffline -> pageOffline = false; put(DRIVERS)
     :: GOING == nothing || !pageOffline
     fi;
     do
     :: signal = true; goto failed  /* one is pending */
     :: if
        :: SCAN && pageOffline && refcount[DRIVERS] > 0 -> goto failed  /* -EBUSY */
        :: !(SCAN && pageOffline && refcount[DRIVERS] > 0)
        fi;
        migrate();
        if  /* test_pages_isolated() */
        :: list[ORDINARY] != none &&
             (list[DRIVERS] != none || (pageOffline && (refcount[DRIVERS] == 0 || !TEST))) ->
           break
        :: !(list[ORDINARY] != none &&
             (list[DRIVERS] != none || (pageOffline && (refcount[DRIVERS] == 0 || !TEST))))
        fi
     od;
     signal = false;
     d_step {
       assert(list[ORDINARY] != none);  /* BUG_ON()s of __offline_isolated_pages() */
       assert(refcount[DRIVERS] == 0 && (list[DRIVERS] != none || pageOffline));
       list[0] = none; list[1] = none; block = offline };
     break;
failed:
     signal = false;
     d_step { block = movable; MOVEFREE(movable); CHECK };
     if
     :: d_step { GOING == drop && pageOffline && REGAIN -> refcount[DRIVERS]++ }
     :: !(GOING == drop && pageOffline && REGAIN)
     fi;
     assert(!pageOffline || refcount[DRIVERS] > 0);
again:
     skip
  :: block != movable  /* somebody else has it isolated */
  od
}

/* It goes on with a page outside where its page was migrated. */
active proctype application() {
  bool last;
  do
  :: d_step { list[ORDINARY] == movable ->
       assert(block == movable);
       list[ORDINARY] = none; refcount[ORDINARY] = 1 };
     if
     :: lru = true
     :: skip
     fi;
     if
     :: d_step { lru -> lru = false };
        put(ORDINARY)
     :: d_step { moved -> moved = false }
     :: !lru && !moved -> put(ORDINARY)
     fi
  :: d_step { list[DRIVERS] == movable ->
       list[DRIVERS] = none; refcount[DRIVERS] = 1 };
     assert(false)  /* it clears a page without memory */
  od
}

active proctype walker() {
  bool last;
  do
  :: d_step { refcount[ORDINARY] > 0 && !BLOCKOFFLINE -> refcount[ORDINARY]++ };
     put(ORDINARY)
  :: d_step { ANYWALKER && refcount[DRIVERS] > 0 && !BLOCKOFFLINE -> refcount[DRIVERS]++ };
     put(DRIVERS)
  od
}

/* Of the whole block, or of the ordinary page. */
active proctype contig() {
  bool last, all;
  do
  :: if
     :: all = true
     :: all = false
     fi;
     if
     :: d_step { block == movable && (!all || MOVABLE(DRIVERS, false)) && MOVABLE(ORDINARY, false) ->
          block = isolated; MOVEFREE(isolated); CHECK };
        migrate();
        if
        :: d_step { list[ORDINARY] == isolated && (!all || list[DRIVERS] == isolated) ->
             list[ORDINARY] = none; refcount[ORDINARY] = 1;
             list[DRIVERS] = (all -> none : list[DRIVERS]);
             refcount[DRIVERS] = (all -> 1 : refcount[DRIVERS]) };
           if
           :: all -> assert(false)  /* it has a page without memory */
           :: !all
           fi;
           put(ORDINARY)
        :: !(list[ORDINARY] == isolated && (!all || list[DRIVERS] == isolated))
        fi;
        d_step { block = movable; MOVEFREE(movable); CHECK }
     :: block != movable
     :: block == movable && ((all && !MOVABLE(DRIVERS, false)) || !MOVABLE(ORDINARY, false))
     fi;
     all = false
  od
}
