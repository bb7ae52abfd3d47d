/* free-pages for Spin: two pages of one allocation, and a walker that may drop the last reference.
 *
 * Source: Matthew Wilcox, commit e320d3012d25 (v5.10), and Chunwei Chen, 9 Feb 2023, "[PATCH] Fix
 * page corruption caused by racy check in __free_pages" (commit 462a8e08e0e6, v6.2). As told there,
 * the second page was lost if the owner's put was not the last; then it was freed twice, because
 * PageHead was read after the put.
 *
 *     spin -a -DTAILS=0 -DHEADFIRST=0 free-pages.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - TAILS: __free_pages() frees the rest where its put is not the last. HEADFIRST: it reads PageHead
 *   before.
 * - Where nobody acts and nobody has a reference, both pages must be free. straypage asks whether
 *   that can still be reached.
 */

byte refcount                   /* the first page's */
bool head                       /* PageHead */
bool isFree[2] = true
bool idle = true                /* the owner has no pages */
bool walking

#define FREE(page) assert(!isFree[page]); isFree[page] = true

active proctype app() {
  bool sawHead, last;
  do
  :: if  /* alloc_pages(order 1), with __GFP_COMP or without */
     :: d_step { isFree[0] && isFree[1] ->
          isFree[0] = false; isFree[1] = false; refcount = 1; head = true; idle = false }
     :: d_step { isFree[0] && isFree[1] ->
          isFree[0] = false; isFree[1] = false; refcount = 1; idle = false }
     fi;
     /* __free_pages(page, 1) */
     if
     :: HEADFIRST -> sawHead = head
     :: !HEADFIRST
     fi;
     d_step { refcount--; last = (refcount == 0) };
     if
     :: last -> head = false; d_step { FREE(0); FREE(1) }
     :: !last && TAILS ->
       if
       :: HEADFIRST
       :: !HEADFIRST -> sawHead = head
       fi;
       if
       :: !sawHead -> d_step { FREE(1) }
       :: sawHead
       fi
     :: !last && !TAILS
     fi;
     d_step { sawHead = false; last = false; idle = true }
  od
}

/* find_get_entry() of a slot that named the page a moment ago, and put_page(). */
active proctype walker() {
  bool last;
  do
  :: d_step { refcount > 0 -> refcount++; walking = true };
     d_step { refcount--; last = (refcount == 0) };
     if
     :: last ->
       if
       :: head -> head = false; d_step { FREE(0); FREE(1) }
       :: !head -> d_step { FREE(0) }
       fi
     :: !last
     fi;
     d_step { last = false; walking = false }
  od
}

active proctype rest() {
  do
  :: d_step { idle && !walking && refcount == 0 -> assert(isFree[0] && isFree[1]) }
  od
}
