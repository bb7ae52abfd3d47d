/* stale-migratetype for Spin: a page freed straight to the buddy while its pageblock gets isolated.
 *
 * Source: Joonsoo Kim, 23 Oct 2014, "[PATCH v4 1/4] mm/page_alloc: fix incorrect isolation behavior
 * by rechecking migratetype" (commit ad53f92eb416, v3.18). As told there, free_one_page() took the
 * migratetype read before zone->lock. It is read again if the zone has an isolated block or if the
 * first read said MIGRATE_ISOLATE; [PATCH v3] had only the former.
 *
 *     spin -a -DANY=0 -DREADISOLATE=0 stale-migratetype.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - ANY, READISOLATE: the two conditions for reading again.
 * - A section of zone->lock is one d_step.
 * - move_freepages_block() moves and counts the block's free pages on whichever list they are.
 */

mtype = { none, movable, isolate }  /* the page's list; the latter two also a block's type */

mtype block = movable
mtype list = none
short nrFree
byte nrIsolate

/* What is counted is what can be allocated. */
#define CHECK assert(nrFree == (list == movable))

active proctype app() {
  mtype type;
  do
  :: type = block;
     d_step {
       if
       :: (ANY && nrIsolate > 0) || (READISOLATE && type == isolate) -> type = block
       :: else
       fi;
       list = type;
       if
       :: type != isolate -> nrFree++
       :: else
       fi;
       type = 0;
       CHECK };
     d_step { list == movable ->  /* rmqueue() */
       list = none; nrFree--;
       assert(block != isolate);
       CHECK }
  od
}

active proctype isolator() {
  do
  :: d_step {
       block = isolate; nrIsolate++;
       if
       :: list != none -> list = isolate; nrFree--
       :: else
       fi;
       CHECK };
     skip;  /* the range is migrated and tested */
     d_step {
       if
       :: list != none -> list = movable; nrFree++
       :: else
       fi;
       block = movable; nrIsolate--;
       CHECK }
  od
}
