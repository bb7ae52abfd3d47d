/* hotplug-lifecycle for Spin: a page of virtio-mem's block that goes online, offline and online
 * again, is plugged and unplugged, allocated and freed, with a per-CPU list and a pfn walker.
 *
 * Source: David Hildenbrand, 16 and 18 Oct 2019, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
 * PageOffline() pages with a reference count of 0", commit aa218795cb5f (v5.8), and Vlastimil Babka,
 * commit ec6e8c7e0314 (v5.11). What GOING=freeze and PUT add is no kernel's: they stand for what
 * kernels assume of walkers.
 *
 *     spin -a -DGOING=freeze -DREGAIN=1 -DKEEP=1 -DPCP=1 -DDECIDES=1 -DPUT=1 -DINSECTION=1 \
 *       hotplug-lifecycle.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - GOING is what virtio-mem does with its page in MEM_GOING_OFFLINE: decrement the count, freeze it
 *   or refuse, or release the page to the buddy. REGAIN: MEM_CANCEL_OFFLINE takes the reference again.
 * - KEEP: unplugging keeps the reference. DECIDES: the callback of online_pages() leaves an unplugged
 *   page out. PUT: a page that was never onlined is freed by a put when it is plugged, and not by
 *   set_page_count(page, 0). INSECTION: a walker takes its reference in one go with its look whether
 *   the section is online.
 * - PCP: offlining disables the per-CPU lists; otherwise it drains them after the isolation.
 * - A section of zone->lock or of the per-CPU list is one d_step. One mutex is for
 *   virtio-mem's and for hotplug's.
 */

mtype = { none, pcp, movable, isolated }  /* the page's list; the block has the latter two */
mtype = { decrement, freeze, release }    /* GOING */

mtype block = isolated
mtype list = none
byte refcount
bool pageOffline
bool given                      /* the allocator's, and not virtio-mem's */
bool neverOnlined               /* PG_dirty */
bool plugged
bool onlined                    /* the section is online */
bool pcpOff
bool relied                     /* from here on no page may be on a per-CPU list */
bool mutex

#define LOCK d_step { !mutex -> mutex = true }
#define CHECK \
  assert(list == none || (given && refcount == 0)); \
  assert(list == none || list == pcp || list == block)

/* Freeing: to the block's list where the block is isolated, and else to the per-CPU list. */
inline free() {
  saw = block;
  d_step {
    list = (saw == isolated || pcpOff -> block : pcp);
    saw = none;
    CHECK }
}

inline put() {
  d_step { assert(refcount > 0); refcount--; last = (refcount == 0) };
  if
  :: last -> free()
  :: !last
  fi;
  last = false
}

active proctype hotplug() {
  bool last, result;
  mtype saw = none;
  do
  :: LOCK;
     d_step { block = isolated; pageOffline = true; refcount = 1 };  /* memmap_init_range() */
     if
     :: plugged || !DECIDES -> d_step { pageOffline = false; given = true };
        refcount = 0;
        d_step { list = block; CHECK }
     :: !plugged && DECIDES -> neverOnlined = true
     fi;
     onlined = true;
     d_step { block = movable; list = (list == isolated -> movable : list); CHECK };
     mutex = false;

     /* offline_pages() */
     do
     :: LOCK;
        d_step { pcpOff = PCP; list = (PCP && list == pcp -> block : list); CHECK };
        d_step { block = isolated; list = (list == movable -> isolated : list); CHECK };
        if
        :: PCP
        :: d_step { !PCP -> list = (list == pcp -> block : list); CHECK }
        fi;
        relied = true;
        result = true;
        if
        :: pageOffline && GOING == decrement -> refcount--;
           skip
        :: pageOffline && GOING == freeze ->
           if
           :: d_step { refcount == 1 -> refcount = 0 }
           :: refcount != 1 -> goto undo
           fi
        :: pageOffline && GOING == release -> d_step { pageOffline = false; given = true }; put()
        :: !pageOffline
        fi;
        do
        :: list == isolated || (pageOffline && refcount == 0) -> break
        :: result = false; break  /* a signal, or a page in use or with a reference */
        od;
        if
        :: !result -> skip;
           d_step {
             block = movable; list = (list == isolated -> movable : list); relied = false;
             CHECK };
           if
           :: d_step { pageOffline && GOING != release && REGAIN -> refcount++ }
           :: !(pageOffline && GOING != release && REGAIN)
           fi;
           assert(!pageOffline || !KEEP || refcount > 0);
           pcpOff = false;
           mutex = false
        :: d_step { result && (list == isolated || (pageOffline && refcount == 0)) ->
             list = none; given = false; onlined = false; relied = false };
           pcpOff = false;
           neverOnlined = false;
           pageOffline = false;
           mutex = false;
           break
        :: result && !(list == isolated || (pageOffline && refcount == 0)) -> goto undo
        fi;
        goto again;
undo:
        skip;
        d_step {
          block = movable; list = (list == isolated -> movable : list); relied = false; CHECK };
        pcpOff = false;
        mutex = false;
again:
        result = false
     od
  od
}

active proctype virtioMem() {
  bool last;
  mtype saw = none;
  do
  :: LOCK;
     if
     :: !onlined -> plugged = !plugged
     /* Unplug: alloc_contig_range() isolates the block, and drains the per-CPU lists. */
     :: onlined && plugged ->
        d_step { block = isolated; list = (list == movable || list == pcp -> isolated : list); CHECK };
        if
        :: d_step { list == isolated -> list = none; refcount = 1; given = false };
           pageOffline = true;
           if
           :: !KEEP -> put()
           :: KEEP
           fi;
           plugged = false
        :: list != isolated
        fi;
        d_step { block = movable; list = (list == isolated -> movable : list); CHECK }
     /* Plug. */
     :: onlined && !plugged && (pageOffline || given) ->
        plugged = true;
        if
        :: pageOffline && neverOnlined && !PUT ->
           d_step { pageOffline = false; given = true; neverOnlined = false };
           refcount = 0;
           d_step { list = block; CHECK }
        :: pageOffline && !(neverOnlined && !PUT) ->
           d_step { pageOffline = false; given = true; neverOnlined = false };
           put()
        :: !pageOffline
        fi
     fi;
     mutex = false
  od
}

active proctype application() {
  bool last;
  mtype saw = none;
  do
  :: d_step { list == movable && !pcpOff -> list = pcp; CHECK }  /* refill */
  :: d_step { list == movable || list == pcp ->
       assert(!relied);
       list = none; refcount = 1 };
     assert(plugged);  /* it touches the page */
     put()
  od
}

active proctype walker() {
  bool last;
  mtype saw = none;
  do
  :: if
     :: d_step { INSECTION && onlined && refcount > 0 -> refcount++ }
     :: !INSECTION && onlined -> d_step { refcount > 0 -> refcount++ }
     fi;
     put()
  od
}
