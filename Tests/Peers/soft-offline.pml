/* soft-offline for Spin: soft offline of a page whose content is saved, so that only soft offline
 * has a reference, against an allocator and compaction's free scanner.
 *
 * Source: Oscar Salvador, 22 Sep 2020, "[PATCH v7 09/14] mm,hwpoison: rework soft offline for in-use
 * pages", quoted in Naoya Horiguchi's reply. As told there, poisoned pages were released to the
 * buddy, where compaction, which doesn't check them, takes them. Since then PG_hwpoison is set
 * first, and free_pages_prepare() keeps a poisoned page off the free lists.
 *
 *     spin -a -DDESIGN=dance soft-offline.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - DESIGN is the old one with the dance (the block is marked isolate around the put) or without
 *   (noDance), or the new one with the hook in free_pages_prepare() or without (noHook).
 * - put_page() is two d_steps, the decrement and the free it leads to. In the new design the flag
 *   is read in between.
 * - A freed page goes to the buddy; the per-CPU lists are left out. The allocator's check for
 *   PG_hwpoison is in its d_step.
 */

mtype = { noDance, dance, noHook, hook }                 /* DESIGN */
mtype = { isolate, put, freeOld, flag, restore,                  /* soft offline next, the old design */
  flagNew, putNew, prepare, free, get, done }            /* and the new one */
mtype = { readType, readBuddy, take }                    /* each starts with readType */
mtype = { none, movable, isolated }                      /* the buddy's lists */

byte refcount = 1               /* soft offline's reference */
bool poisoned
mtype block = movable           /* the pageblock's type */
mtype list = none
bool inUse                      /* by somebody else, who got it from the buddy */

mtype soft = (DESIGN == dance -> readType : (DESIGN == noDance -> put : flagNew))
mtype compaction = readType

active proctype offlining() {
  do
  /* The old design. */
  :: d_step { soft == readType -> soft = isolate }  /* movable: nobody else isolates the block */
  :: d_step { soft == isolate -> block = isolated; soft = put }
  :: d_step { soft == put -> refcount--; soft = freeOld }
  :: d_step { soft == freeOld -> list = block; soft = flag }
  :: d_step { soft == flag ->
       poisoned = true; soft = (DESIGN == dance -> restore : done);
       assert(!inUse) }
  :: d_step { soft == restore -> block = movable; soft = done }

  /* The new design: page_handle_poison(). */
  :: d_step { soft == flagNew ->
       poisoned = true; soft = putNew;
       assert(!inUse) }
  :: d_step { soft == putNew -> refcount--; soft = (DESIGN == hook -> prepare : free) }
  :: d_step { soft == prepare -> soft = (poisoned -> get : free) }
  :: d_step { soft == free -> list = block; soft = get }
  :: d_step { soft == get ->
       refcount++; soft = done;
       /* Without the hook this would fail here, before anybody gets the page. */
       assert(DESIGN == noHook || (refcount == 1 && list == none)) }

  /* The allocator: it drops poisoned pages. */
  :: d_step { list == movable ->
       list = none;
       if
       :: poisoned
       :: else -> refcount = 1; inUse = true
       fi }

  /* Compaction: suitable_migration_target(), isolate_freepages_block(). */
  :: d_step { compaction == readType && block == movable -> compaction = readBuddy }
  :: d_step { compaction == readBuddy -> compaction = (list != none -> take : readType) }
  :: d_step { compaction == take ->
       if
       :: list != none -> list = none; refcount = 1; inUse = true; assert(!poisoned)
       :: else
       fi;
       compaction = readType }
  od
}
