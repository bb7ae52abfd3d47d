/* dump-reader for Spin: /proc/kcore reading a page against virtio-mem unplugging it.
 *
 * Source: David Hildenbrand, 18 Oct 2019, "Re: [PATCH RFC v3 6/9] mm: Allow to offline
 * PageOffline() pages with a reference count of 0": dumping tools must not touch unplugged pages,
 * and tell them by PageOffline. Against reading a page that gets PageOffline after the check,
 * v5.14 has page_offline_begin()/end() and page_offline_freeze()/thaw() (commits 82840451936f,
 * 6cc26d77613a, c6d9eee2a686 and 0daa322b8ff9).
 *
 *     spin -a -DWRITER=1 -DREADER=copy dump-reader.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - WRITER: virtio-mem sets PageOffline between page_offline_begin() and page_offline_end().
 * - READER is what kcore holds the lock for: nothing, the check only, or the check and the copy.
 * - virtio-mem plugs the page again before it clears PageOffline, which takes no lock.
 */

mtype = { begin, set, end, unplug, plug, clear }  /* virtio-mem next */
mtype = { freeze, check, read, thaw }             /* kcore next; check and copy also for READER */
mtype = { nothing, copy }

bool pageOffline                /* the page's type */
bool plugged = true
bool writing                    /* page_offline_rwsem is held for writing */
bool reading                    /* and for reading */
bool skipping                       /* kcore saw PageOffline */

mtype virtio = (WRITER -> begin : set)
mtype kcore = (READER == nothing -> check : freeze)

active proctype dumping() {
  do
  :: d_step { virtio == begin && !reading -> writing = true; virtio = set }
  :: d_step { virtio == set -> pageOffline = true; virtio = (WRITER -> end : unplug) }
  :: d_step { virtio == end -> writing = false; virtio = unplug }
  :: d_step { virtio == unplug -> plugged = false; virtio = plug }
  :: d_step { virtio == plug -> plugged = true; virtio = clear }
  :: d_step { virtio == clear -> pageOffline = false; virtio = (WRITER -> begin : set) }

  :: d_step { kcore == freeze && !writing -> reading = true; kcore = check }
  :: d_step { kcore == check ->
       skipping = pageOffline;
       if
       :: READER == check -> kcore = thaw
       :: READER != check && !skipping -> kcore = read
       :: READER == copy && skipping -> kcore = thaw
       :: READER == nothing && skipping  /* and checks the next time */
       fi }
  :: d_step { kcore == read ->
       assert(plugged);
       if
       :: READER == copy -> kcore = thaw
       :: READER == check -> kcore = freeze
       :: READER == nothing -> kcore = check
       fi }
  :: d_step { kcore == thaw ->
       reading = false;
       if
       :: READER == check && !skipping -> kcore = read
       :: else -> kcore = freeze
       fi }
  od
}
