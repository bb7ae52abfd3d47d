/* hugetlb-dissolve for Spin: a huge page whose last reference is put while somebody dissolves it.
 *
 * Source: Muchun Song, commit 7ffddd499ba6 (v5.11) "mm: hugetlb: fix a race between freeing and
 * dissolving the page", as sent to the -mm tree on 17 Jan 2021. As told there, a page without
 * references may not be in the pool yet. Since then PageHugeFreed says whether it is.
 *
 *     spin -a -DTEST=0 -DCLEARDEQUEUE=1 -DCLEARPREPARE=1 -DOTHERS=1 hugetlb-dissolve.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - TEST: dissolving tests PageHugeFreed and tries again. CLEARDEQUEUE, CLEARPREPARE: taking a page
 *   from the pool and preparing a new one clear it. OTHERS: the pool's other free pages.
 * - The flag is a tail page's private field, and outlives the huge page.
 */

byte refcount = 1
bool huge = true                /* the compound page has hugetlb's destructor */
bool inBuddy
bool onFreeList
bool freed                      /* PageHugeFreed */
byte freePages = OTHERS         /* free_huge_pages */
bool locked                     /* hugetlb_lock */

#define LOCK d_step { !locked -> locked = true }
#define UNLOCK locked = false
#define CHECK assert(!onFreeList || (huge && refcount == 0 && !inBuddy))

active proctype user() {
  do
  :: d_step { refcount--; CHECK };
     /* __free_huge_page() */
     LOCK;
     d_step { onFreeList = true; freePages++; freed = true; CHECK };
     UNLOCK;
     do
     :: LOCK;
        if
        :: d_step { onFreeList ->  /* dequeue_huge_page_node_exact() */
             onFreeList = false; refcount = 1; freePages--;
             freed = (CLEARDEQUEUE -> false : freed);
             CHECK };
           UNLOCK;
           break
        :: !onFreeList -> UNLOCK
        fi
     :: d_step { inBuddy -> inBuddy = false; refcount = 1; CHECK };  /* alloc_fresh_huge_page() */
        d_step { huge = true; CHECK };
        LOCK;
        d_step { freed = (CLEARPREPARE -> false : freed) };
        UNLOCK;
        break
     od
  od
}

/* dissolve_free_huge_page() of memory offlining, of soft offline. */
active [2] proctype dissolver() {
  do
  :: huge ->
     LOCK;
     if
     :: huge ->
        if
        :: refcount == 0 ->
           if
           :: freePages != 0 && (!TEST || freed) ->
              d_step { onFreeList = false; freePages--; CHECK };  /* list_del() from either list */
              d_step { huge = false; inBuddy = true; CHECK }
           :: freePages == 0 || (TEST && !freed)
           fi
        :: refcount != 0
        fi
     :: !huge
     fi;
     UNLOCK
  od
}
