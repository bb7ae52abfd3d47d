/* pageblock-bits for Spin: a pageblock's migratetype and skip bit, which are bits of one word.
 *
 * Source: Mel Gorman, commit e58469bafd05 (v3.16) "mm: page_alloc: use word-based accesses for
 * get/set pageblock bitmaps", and the mails of May 2014. As told there, bits that are read one by
 * one may be half old and half new, and a write that isn't atomic may take back another's. Since
 * then the word is read at once and written by cmpxchg().
 *
 *     spin -a -DREAD=bits -DWRITE=bits -DSKIP=bits pageblock-bits.pml
 *     gcc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DBFS -o pan pan.c && ./pan -E
 *
 * - READ: the migratetype is read bit by bit (bits) or at once (whole). WRITE, SKIP: it and the skip
 *   bit are written by __set_bit() and __clear_bit() (bits), by set_bit() and clear_bit() (atomically),
 *   by a load and a store of the word (whole) or by cmpxchg() (exchange).
 * - 2 is MIGRATE_MOVABLE, 5 is MIGRATE_ISOLATE, and there are 6.
 * - A skip bit that is lost, and a migratetype that nobody set but that exists, are no violations
 *   here; straypage has warnings for them.
 */

mtype = { bits, atomically, whole, exchange }

byte word = 2                   /* bit 3 is the skip bit */
byte setLast = 2                /* as soon as whoever sets it gives zone->lock back */
bool writing

#define CHECK assert(writing || (word & 7) == setLast)

active proctype reader() {
  byte type;
  do
  :: if
     :: READ == bits ->
       type = word & 1;
       type = type | (word & 2);
       type = type | (word & 4)
     :: READ == whole -> type = word & 7
     fi;
     d_step { assert(type < 6); type = 0 }  /* free_list[type] */
  od
}

/* MASK of the word becomes that of VALUE. */
inline put(how, mask, value) {
  if
  :: how == bits -> saw = word; d_step { word = (saw & ~(mask)) | (value & (mask)); CHECK; saw = 0 }
  :: how == atomically -> d_step { word = (word & ~(mask)) | (value & (mask)); CHECK }
  :: how == whole -> saw = word; d_step { word = (saw & ~(mask)) | (value & (mask)); CHECK; saw = 0 }
  :: how == exchange ->
    do
    :: saw = word;
       if
       :: d_step { word == saw -> word = (saw & ~(mask)) | (value & (mask)); CHECK }; break
       :: word != saw
       fi
    od;
    saw = 0
  fi
}

active proctype isolation() {
  byte saw, type;
  do
  :: d_step { writing = true; type = 7 - setLast };  /* 5 or 2 */
     if
     :: WRITE == bits || WRITE == atomically ->
       put(WRITE, 1, type); put(WRITE, 2, type); put(WRITE, 4, type)
     :: WRITE == whole || WRITE == exchange -> put(WRITE, 7, type)
     fi;
     d_step { writing = false; setLast = type; type = 0; CHECK }
  od
}

active proctype compaction() {
  byte saw;
  do
  :: put(SKIP, 8, 8); put(SKIP, 8, 0)
  od
}
