/* khugepaged-collapse for Spin: lookups of a page that khugepaged replaces by part of a huge page.
 *
 * Source: Hugh Dickins, commit 87c460a0bded (v4.20) "mm/khugepaged: collapse_shmem() without freezing
 * new_page", and commit 033b5d775511 (v5.9) "mm/khugepaged: fix filemap page_to_pgoff(page) !=
 * offset". As told there, a lookup may hang on a huge page that is frozen while khugepaged sleeps;
 * where it is not frozen but used again for the next range, a lookup may find itself with the lock
 * of a page at another offset.
 *
 *     spin -a -DFREEZE=1 -DRELEASE=0 -DLOCKPAGE=0 khugepaged-collapse.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - FREEZE: the huge page's count is 0 until it is complete. RELEASE: it is not used again if
 *   somebody has a reference. LOCKPAGE: it is locked by lock_page() for that.
 * - The first lookup has khugepaged's CPU from rcu_read_lock() to rcu_read_unlock(), without
 *   preemption, and khugepaged has it while it holds the lock of i_pages. The second has another.
 * - A deadlock is a state where nobody can act and khugepaged has not come to its end.
 */

#define OLD 0                   /* the small page */
#define HUGE 1

byte slot = OLD                 /* i_pages at the offset that is looked up */
byte refcount[2] = 1            /* of OLD, the page cache's; khugepaged's own is left out */
bool locked[2]
bool mapping[2]
bool next                       /* the huge page's index: the next range's */
bool uptodate                   /* the huge page */
bool xaLock
bool section                    /* the first lookup has the CPU */
bool finished                   /* khugepaged */

#define ON !section ->          /* khugepaged can run */

proctype khugepaged() {
  bool second;
again:
  if
  :: d_step { !section && second && LOCKPAGE && !locked[HUGE] -> locked[HUGE] = true }
  :: d_step { !section && !(second && LOCKPAGE) -> locked[HUGE] = true }
  fi;
  d_step { ON next = second };
  d_step { ON mapping[HUGE] = true };
  if
  :: d_step { !section && FREEZE && refcount[HUGE] == 1 -> refcount[HUGE] = 0 }
  :: !section && !FREEZE
  fi;
  if
  :: second ->  /* its slots are not those that are looked up: it succeeds or not */
    if
    :: d_step { ON uptodate = true }
    :: d_step { ON mapping[HUGE] = false }
    fi;
    if
    :: FREEZE -> d_step { ON refcount[HUGE] = 1 }
    :: !FREEZE
    fi;
    d_step { ON locked[HUGE] = false };
    goto end
  :: !second
  fi;
  if
  :: d_step { !section && !locked[OLD] -> locked[OLD] = true }
  :: !section && locked[OLD] -> goto failed  /* trylock_page() */
  fi;
  d_step { ON xaLock = true };
  if
  :: d_step { refcount[OLD] == 1 -> refcount[OLD] = 0 };  /* page_ref_freeze() */
     slot = HUGE;
     xaLock = false
  :: d_step { refcount[OLD] != 1 -> xaLock = false };
     d_step { ON locked[OLD] = false };
     goto failed
  fi;
  /* The other slots: memory is allocated, pages are read, which sleeps and may fail. */
  if
  :: !section;
     d_step { ON mapping[OLD] = false };
     d_step { ON locked[OLD] = false };  /* and put: the page is freed */
     d_step { ON uptodate = true };
     if
     :: FREEZE -> d_step { ON refcount[HUGE] = 1 }
     :: !FREEZE
     fi;
     d_step { ON locked[HUGE] = false };
     goto end
  :: d_step { ON xaLock = true };
     d_step { refcount[OLD] = 1 };
     slot = OLD;
     xaLock = false;
     d_step { ON locked[OLD] = false }
  fi;
failed:
  if
  :: FREEZE -> d_step { ON refcount[HUGE] = 1 }
  :: !FREEZE
  fi;
  d_step { ON mapping[HUGE] = false };
  d_step { ON locked[HUGE] = false };
  /* khugepaged_prealloc_page() for the next range, without NUMA */
  if
  :: d_step { !section && RELEASE && refcount[HUGE] > 1 -> refcount[HUGE]-- }  /* a new one is allocated */
  :: d_step { !section && !(RELEASE && refcount[HUGE] > 1) -> second = true }; goto again
  fi;
end:
  finished = true
}

/* find_get_entry() and lock_page(), on khugepaged's CPU and on another. */
proctype lookup(bool sameCPU) {
  byte page;
find:
  if
  :: d_step { sameCPU && !xaLock -> section = true }
  :: !sameCPU
  fi;
repeat:
  page = slot;
  if
  :: refcount[page] == 0 && slot != page -> goto repeat  /* until then it goes round and round */
  :: d_step { refcount[page] > 0 -> refcount[page]++ }
  fi;
  if
  :: slot != page -> d_step { refcount[page]--; page = 0 }; goto repeat
  :: slot == page
  fi;
  section = (sameCPU -> false : section);
  d_step { !locked[page] -> locked[page] = true };  /* lock_page() */
  if
  :: !mapping[page] -> locked[page] = false; d_step { refcount[page]--; page = 0 }; goto find
  :: mapping[page]
  fi;
  d_step {
    assert(page == OLD || !next);  /* VM_BUG_ON_PAGE(page_to_pgoff(page) != offset, page) */
    assert(slot == page && (page == OLD || uptodate)) };
  locked[page] = false;
  d_step { refcount[page]--; page = 0 };
  goto find
}

active proctype watch() {
  timeout -> assert(finished)
}

init {
  atomic {
    mapping[OLD] = true;
    run khugepaged(); run lookup(true); run lookup(false)
  }
}
