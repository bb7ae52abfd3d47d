/* page-onlining for Spin: a page of a hot-added block that two onliners of Hyper-V's driver may give
 * to the allocator, while the block goes online, offline and online again.
 *
 * Source: David Hildenbrand, 7 June 2024, "[PATCH v1 2/3] mm/memory_hotplug: initialize memmap of
 * !ZONE_DEVICE with PageOffline() instead of PageReserved()" (commit 503b158fc30f, v6.11), and
 * drivers/hv/hv_balloon.c. The callback of online_pages() onlines the pages that the host backs;
 * handle_pg_range() onlines those that it backs later. Both hold ha_lock.
 *
 *     spin -a -DLOCK=1 -DSECTION=1 -DGUARD=1 page-onlining.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - LOCK: both hold ha_lock. SECTION: handle_pg_range() onlines pages of online sections only. GUARD:
 *   hv_page_online_one() leaves pages alone that are not PageOffline (since v6.11). Before, new pages
 *   are PG_reserved, and nobody looks at that here.
 * - The block is isolated until all of it is online (since v5.11).
 */

mtype = { none, movable, isolated }  /* the page's list; the latter two also the block's type */

mtype block = movable
mtype list = none
byte refcount = 1
bool pageOffline                /* of the memmap's initialization; before v6.11 PG_reserved */
bool given                      /* the allocator's */
bool onlined                    /* the section is online */
bool covered                    /* the host backs the page */
bool haLock

#define TAKE \
  if \
  :: d_step { LOCK && !haLock -> haLock = true } \
  :: !LOCK \
  fi

#define GIVEBACK haLock = (LOCK -> false : haLock)

#define CHECK assert(list == none || (given && refcount == 0 && list == block))

inline hvPageOnlineOne() {
  if
  :: covered ->
     if
     :: !GUARD || pageOffline ->
        /* generic_online_page() */
        d_step { assert(!given); given = true; pageOffline = false };
        d_step { refcount = 0; CHECK };
        d_step { list = block; CHECK }
     :: GUARD && !pageOffline
     fi
  :: !covered
  fi
}

active proctype hotplug() {
  do
  :: d_step { block = isolated; list = (list == none -> none : isolated) };
     /* memmap_init_range() */
     d_step { pageOffline = true; refcount = 1; CHECK };
     TAKE;
     hvPageOnlineOne();
     GIVEBACK;
     onlined = true;
     d_step { block = movable; list = (list == none -> none : movable); CHECK };

     /* offline_pages(): it tries until nobody uses the page. */
     do
     :: d_step { list != none -> block = isolated; list = isolated; CHECK };
        if
        :: list != none -> break
        :: list == none -> block = movable
        fi
     od;
     onlined = false;
     d_step { list = none; given = false; CHECK }
  od
}

/* hot_add_req() of the host's first request that reaches the page. */
active proctype host() {
  TAKE;
  d_step { assert(!covered); covered = true };
  if
  :: !SECTION || onlined -> hvPageOnlineOne()
  :: SECTION && !onlined
  fi;
  GIVEBACK
}

active proctype application() {
  do
  :: d_step { list == movable -> assert(onlined); list = none; refcount = 1 };
     d_step { assert(refcount == 1); refcount = 0 };
     d_step { list = block; CHECK }
  od
}
