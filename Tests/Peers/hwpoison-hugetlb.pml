/* hwpoison-hugetlb for Spin: memory_failure() takes a reference to a page that becomes a huge page.
 *
 * Source: Naoya Horiguchi, 19 May 2021, "[PATCH v5 1/2] mm,hwpoison: fix race with hugetlb page
 * allocation" (commit 25182f05ffed, v5.13, which adds HWPoisonHandlable()). As told there, a
 * surplus page has a reference while it is set up; gather_surplus_pages() asserts that it drops the
 * last. Since then the reference is taken under hugetlb_lock, to pages in the pool or in use only.
 *
 *     spin -a -DFLAGS=0 -DLOCKED=0 -DHANDLABLE=1 -DANYPAGE=0 -DFROZEN=0 hwpoison-hugetlb.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - FLAGS: a huge page must be HPageFreed or HPageMigratable. LOCKED: hugetlb_lock is held for that
 *   and for taking the reference. HANDLABLE: other pages must be on the LRU. Where it is 0 with
 *   FLAGS=0, so must they: that is the older test of PageTransHuge() and PageAnon().
 * - ANYPAGE: a page of the LRU may become a huge page later.
 * - FROZEN: the page's reference is frozen before it becomes a huge page (2b21624fc232, v6.1).
 */

mtype = { buddy, lru, compound, hugetlb }

mtype kind = buddy
byte refcount
bool freed, migratable          /* HPageFreed, HPageMigratable */
bool locked                     /* hugetlb_lock */
bool forHuge = ANYPAGE          /* the page may become a huge page */
bool forLRU = ANYPAGE           /* or one of the LRU */

#define LOCK d_step { !locked -> locked = true }
#define UNLOCK locked = false
#define CHECK assert(kind != buddy || refcount == 0); assert(!freed || kind == hugetlb)

/* put_page(): what follows where it was the last reference. */
inline putPage() {
  d_step { assert(refcount > 0); refcount--; last = (refcount == 0) };
  if
  :: last ->
    if
    :: kind == hugetlb ->  /* free_huge_page() of a surplus page */
      assert(refcount == 0);
      LOCK;
      d_step { migratable = false; freed = false; kind = compound; refcount = 1 };
      UNLOCK;
      d_step { refcount--; last = (refcount == 0) };
      if
      :: last -> d_step { kind = buddy; CHECK }
      :: !last
      fi
    :: kind != hugetlb -> d_step { kind = buddy; CHECK }
    fi
  :: !last
  fi;
  last = false
}

active proctype fault() {
  bool last;
  if
  :: ANYPAGE
  :: !ANYPAGE -> forHuge = true
  :: !ANYPAGE -> forLRU = true
  fi;
  do
  :: d_step { forHuge && kind == buddy -> refcount = 1; kind = compound };
     if
     :: FROZEN ->
       if
       :: d_step { refcount == 1 -> refcount = 0 }
       :: refcount != 1 -> putPage(); goto next
       fi
     :: !FROZEN
     fi;
     kind = hugetlb;
     LOCK;
     /* gather_surplus_pages() */
     if
     :: FROZEN -> assert(refcount == 0)
     :: !FROZEN -> d_step { refcount--; assert(refcount == 0) }  /* VM_BUG_ON_PAGE(!zeroed, page) */
     fi;
     freed = true;
     UNLOCK;
     LOCK;
     d_step { freed = false; refcount = refcount + 1 };
     UNLOCK;
     migratable = true;
     putPage();
next:
     skip
  od
}

active proctype app() {
  bool last;
  do
  :: d_step { forLRU && kind == buddy -> refcount = 1; kind = lru };
     putPage()
  od
}

/* __get_hwpoison_page(), and the put when the error is handled. */
active proctype memoryFailure() {
  bool got, last, wasHuge;
  do
  :: got = false;
     if
     :: FLAGS ->
       if
       :: LOCKED -> LOCK
       :: !LOCKED
       fi;
       wasHuge = (kind == hugetlb);
       if
       :: wasHuge ->
         if
         :: freed || migratable -> d_step { got = (refcount > 0); refcount = refcount + got }
         :: !freed && !migratable
         fi
       :: !wasHuge
       fi;
       if
       :: LOCKED -> UNLOCK
       :: !LOCKED
       fi
     :: !FLAGS -> wasHuge = (kind == hugetlb);
       if
       :: wasHuge -> d_step { got = (refcount > 0); refcount = refcount + got }
       :: !wasHuge
       fi
     fi;
     if
     :: !wasHuge ->
       if
       :: !HANDLABLE || kind == lru -> d_step { got = (refcount > 0); refcount = refcount + got }
       :: HANDLABLE && kind != lru
       fi
     :: wasHuge
     fi;
     wasHuge = false;
     if
     :: got -> putPage()
     :: !got
     fi
  od
}
