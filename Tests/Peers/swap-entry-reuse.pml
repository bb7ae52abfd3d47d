/* swap-entry-reuse for Spin: a fault waits for the lock of a page whose swap entry is given away.
 *
 * Source: Hugh Dickins, 19 Sep 2010, "[PATCH] mm: further fix swapin race condition" (commit
 * 31c4a3d3a0f8, v2.6.36), and commit 4969c1192d15 before it. As told there, A and B are threads of
 * one process and C is their parent; B waits for the lock of page1 while its entry goes to the copy
 * that A made. Since then do_swap_page() asks, with the lock held, whether the page is in the swap
 * cache with that entry.
 *
 *     spin -a -DINCACHE=0 -DENTRY=0 swap-entry-reuse.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - INCACHE: the page must still be in the swap cache. ENTRY: with the same entry.
 * - Page 1 is shared at first and page 2 is A's copy. No page is freed, none is read from the device.
 * - reuse_swap_page() is part of the step that maps the page. What C writes, it writes where it is
 *   alone. kswapd swaps out two pages.
 */

#define CHILD 0
#define PARENT 1
#define ENTRY1 3                /* a page table entry is a page, 1 or 2, or a swap entry */
#define ENTRY2 4

byte pte[2] = ENTRY1
bool ptl[2]                     /* each process has a lock for its page table */
byte entryOf[3]                 /* page_private() of a page in the swap cache, or 0; index: page */
byte swapMap[5]                 /* the page tables that have the entry; index: entry */
byte mapCount[3]
bool locked[3]
byte content[3]                 /* 0: what was shared at first */
byte wrote[2]

inline faulting(mm, writes, mark) {
  do
  :: orig = pte[mm];
     if
     :: orig < ENTRY1 -> break
     :: orig >= ENTRY1
     fi;
     /* lookup_swap_cache() */
     d_step { page = (entryOf[1] == orig -> 1 : (entryOf[2] == orig -> 2 : 0)) };
     if
     :: page == 0 -> goto again
     :: page != 0
     fi;
     d_step { !locked[page] -> locked[page] = true };
     if
     :: (INCACHE && entryOf[page] == 0) || (ENTRY && entryOf[page] != orig) -> goto out
     :: else
     fi;
     d_step { !ptl[mm] -> ptl[mm] = true };
     if
     :: pte[mm] != orig -> ptl[mm] = false; goto out
     :: pte[mm] == orig
     fi;
     d_step {
       assert(content[page] == wrote[mm]);
       assert(swapMap[orig] > 0);
       if
       :: writes && entryOf[page] != 0 && mapCount[page] + swapMap[entryOf[page]] == 1 ->
         entryOf[page] = 0; alone = true  /* reuse_swap_page() */
       :: else
       fi;
       pte[mm] = page; mapCount[page]++; swapMap[orig]--;
       if
       :: alone -> content[page] = mark; wrote[mm] = mark
       :: else
       fi };
     ptl[mm] = false;
out:
     locked[page] = false;
again:
     page = 0; orig = 0
  od;
  orig = 0
}

active proctype A() {
  byte orig, page;
  bool alone;
  d_step { entryOf[1] = ENTRY1; swapMap[ENTRY1] = 2 };
  faulting(CHILD, true, 1);
  /* do_wp_page(): page 1 is shared, so that it is copied; page 2 is A's alone. */
  if
  :: d_step { !alone && pte[CHILD] == 1 && !ptl[CHILD] && mapCount[2] == 0 && entryOf[2] == 0 ->
       mapCount[1]--; pte[CHILD] = 2; mapCount[2] = 1; content[2] = 1; wrote[CHILD] = 1 }
  :: alone || pte[CHILD] != 1  /* swapped out again in between: A does not write */
  fi
}

active proctype B() {
  byte orig, page;
  bool alone;
  swapMap[ENTRY1] > 0;
  faulting(CHILD, false, 0)
}

active proctype C() {
  byte orig, page;
  bool alone;
  swapMap[ENTRY1] > 0;
  faulting(PARENT, true, 2)
}

/* try_to_unmap_one() with the page table's lock. */
#define UNMAP(mm) \
  d_step { pte[mm] == page && !ptl[mm] -> \
    pte[mm] = entryOf[page]; swapMap[entryOf[page]]++; mapCount[page]-- }

#define UNUSED(entry) (swapMap[entry] == 0 && entryOf[1] != entry && entryOf[2] != entry)

active proctype kswapd() {
  byte page, left = 2;
  do
  :: left > 0 ->
    if
    :: d_step { !locked[1] && mapCount[1] > 0 -> page = 1; locked[1] = true }
    :: d_step { !locked[2] && mapCount[2] > 0 -> page = 2; locked[2] = true }
    fi;
    if
    :: entryOf[page] == 0 ->  /* add_to_swap() */
      if
      :: d_step { UNUSED(ENTRY1) -> entryOf[page] = ENTRY1 }
      :: d_step { UNUSED(ENTRY2) -> entryOf[page] = ENTRY2 }
      fi
    :: entryOf[page] != 0
    fi;
    if
    :: UNMAP(CHILD)
    :: pte[CHILD] != page
    fi;
    if
    :: UNMAP(PARENT)
    :: pte[PARENT] != page
    fi;
    d_step { locked[page] = false; page = 0; left-- }
  :: left == 0 -> break
  od
}
