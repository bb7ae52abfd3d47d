/* pcp-isolation for Spin: a page freed to a CPU's pcp list while its pageblock gets isolated.
 *
 * Source: Vlastimil Babka, commit ec6e8c7e0314 (v5.11) "mm, page_alloc: disable pcplists during
 * memory offline". As told there, a page freed at the same time may stay on a pcp list after the
 * drain, and may be used again. With pcp->high set to 0 and one drain before the isolation no such
 * page is left.
 *
 *     spin -a -DPROGRAM=isolate,choose,drain,rely,undo -DFORCED=0 -DREREAD=1 pcp-isolation.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - PROGRAM is the isolator's steps: lock (pcp_batch_high_lock), disable (pcp->high = 0), choose (may
 *   skip the CPU), drain, isolate, rely (from here on no page of the block may be on a pcp list),
 *   undo, enable, unlock.
 * - FORCED: the drain chooses every CPU, without the racy test of pcp->count.
 * - REREAD: a page that goes from the pcp list to the buddy gets the list of its block's type as
 *   read under zone->lock, and without it the type as read before it was put on the pcp list.
 * - A section of zone->lock is part of a d_step. So is leaving the section of the pcp list, which
 *   the drain waits for.
 */

mtype = { lock, disable, choose, drain, isolate, rely, undo, enable, unlock, end }
mtype = { readType, freeOne, enter, add, count, readHigh, leave, done }  /* the freer next */
mtype = { none, pcp, movable, isolated }  /* the page's list; the latter two also a block's type */

mtype program[10] = { PROGRAM, end }
byte step
mtype freer = readType

mtype block = movable
mtype list = none
byte pcpCount
byte high = 4
bool inSection                  /* the freer is in the section of the CPU's pcp list */
bool relied
bool skipped                    /* what choose came to */
mtype readBlock = none          /* what the freer read */
bool flush                      /* what the freer's look at pcp->high came to */

#define NEXT(it) program[step] == it -> step++

#define TO_BUDDY \
  pcpCount--; \
  if \
  :: REREAD -> list = block \
  :: else -> list = readBlock \
  fi

#define CHECK \
  assert(!relied || list != pcp || inSection); \
  assert((list != movable && list != isolated) || list == block)

active proctype isolating() {
  do
  :: d_step { NEXT(lock) }  /* nobody else takes it */
  :: d_step { NEXT(disable); high = 0 }
  :: d_step { NEXT(choose); skipped = (!FORCED && pcpCount == 0) }
  :: d_step { program[step] == drain && (skipped || !inSection) ->
       step++;
       if
       :: !skipped && pcpCount > 0 -> TO_BUDDY
       :: else
       fi;
       CHECK }
  :: d_step { NEXT(isolate);
       block = isolated;
       if
       :: list == movable -> list = isolated
       :: else
       fi;
       CHECK }
  :: d_step { NEXT(rely); relied = true; CHECK }
  :: d_step { NEXT(undo);
       relied = false; block = movable;
       if
       :: list == isolated -> list = movable
       :: else
       fi;
       CHECK }
  :: d_step { NEXT(enable); high = 4 }
  :: d_step { NEXT(unlock) }

  /* free_unref_page(). */
  :: d_step { freer == readType ->
       readBlock = block; freer = (readBlock == isolated -> freeOne : enter) }
  :: d_step { freer == freeOne -> list = block; freer = done; CHECK }
  :: d_step { freer == enter -> inSection = true; freer = add }
  :: d_step { freer == add -> list = pcp; freer = count; CHECK }
  :: d_step { freer == count -> pcpCount++; freer = readHigh }
  :: d_step { freer == readHigh -> flush = (pcpCount >= high); freer = leave }
  :: d_step { freer == leave ->
       if
       :: flush -> TO_BUDDY
       :: else
       fi;
       inSection = false; freer = done;
       CHECK }
  od
}
