/* pcp-bulk-free for Spin: a CPU frees pages to its pcp lists while another writes high and batch.
 *
 * Source: Charan Teja Reddy, commit 88e8ac11d2ea (v5.9) "mm, page_alloc: fix core hung in
 * free_pcppages_bulk()", and Vlastimil Babka, commit 5c3ad2eb7104 (v5.11). As told there, a free
 * that sees the old high and the new batch asks for more pages than the lists have, and goes round
 * the empty lists for ever, with interrupts off. Since v5.9 it asks for no more than pcp->count.
 *
 *     spin -a -DCLAMP=0 -DBATCHFIRST=0 -DPLAIN=0 pcp-bulk-free.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - CLAMP: free_pcppages_bulk() takes min(pcp->count, count) pages.
 * - BATCHFIRST: the free reads batch before high. PLAIN: pageset_update() writes both in any order,
 *   and batch is not 1 meanwhile.
 * - Who goes round the lists while all are empty never leaves: only this CPU changes them. That is
 *   asserted; straypage asks whether the end is out of reach, which is so some steps earlier.
 */

byte high = 0, batch = 1        /* of a zone without memory */
byte lists[2]
byte count

active proctype freeing() {
  byte left = 5, toFree, sawHigh, sawBatch, list, round;
  do
  :: left > 0 ->
    left--;
    if
    :: d_step { lists[0]++; count++ }
    :: d_step { lists[1]++; count++ }
    fi;
    if
    :: BATCHFIRST -> sawBatch = batch; sawHigh = high
    :: !BATCHFIRST -> sawHigh = high
    fi;
    if
    :: count >= sawHigh ->
      if
      :: !BATCHFIRST -> sawBatch = batch
      :: BATCHFIRST
      fi;
      /* free_pcppages_bulk() */
      d_step {
        toFree = (CLAMP && count < sawBatch -> count : sawBatch);
        list = 0
      };
      do
      :: toFree > 0 ->
        round = 0;
        do
        :: d_step {
             assert(lists[0] + lists[1] > 0);
             round++; list = 1 - list } ;
           if
           :: lists[list] > 0 -> break
           :: lists[list] == 0
           fi
        od;
        if
        :: round == 2 -> round = toFree  /* the only list that isn't empty */
        :: round != 2
        fi;
        do
        :: d_step { lists[list]--; count--; toFree--; round-- } ;
           if
           :: toFree > 0 && round > 0 && lists[list] > 0
           :: else -> break
           fi
        od
      :: toFree == 0 -> break
      od;
      sawBatch = 0
    :: count < sawHigh
    fi;
    sawHigh = 0
  :: left == 0 -> break
  od;
  assert(count == lists[0] + lists[1])
}

/* zone_pcp_update() when memory is onlined, and again when it is offlined. */
active proctype updating() {
  byte newHigh = 5, newBatch = 2, updates = 2;
  do
  :: updates > 0 ->
    if
    :: !PLAIN -> batch = 1; high = newHigh; batch = newBatch
    :: PLAIN -> batch = newBatch; high = newHigh
    :: PLAIN -> high = newHigh; batch = newBatch
    fi;
    d_step { updates--; newHigh = 0; newBatch = 1 }
  :: updates == 0 -> break
  od
}
