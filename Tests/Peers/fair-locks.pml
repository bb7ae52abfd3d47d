/* Locks for Spin: does whoever waits get in, if no process is starved that stays enabled?
 *
 *     spin -a -DTICKET fair-locks.pml
 *     gcc -O2 -DNFAIR=4 -o pan pan.c && ./pan -a -f -N p0
 *
 * A process may stay outside for ever.
 */

#if defined(RIGHT_HANDED) || defined(LEFT_HANDED)
#define N 3
#else
#define N 2
#endif

bool waits[N]

#if defined(TEST_AND_SET) || defined(SPINNING)

bool held
#ifdef TEST_AND_SET
inline enter() { atomic { !held -> held = true } }
#else
inline enter() { do :: atomic { !held -> held = true; break } :: held -> skip od }
#endif
inline leave() { held = false }

#elif defined(TICKET)

byte next
byte owner
byte mine[N]
inline enter() {
  atomic { mine[id] = next; next = (next + 1) % 4 };
  do :: owner == mine[id] -> break :: owner != mine[id] -> skip od
}
inline leave() { owner = (owner + 1) % 4 }

#elif defined(PETERSON)

bool wants[N]
byte turn
inline enter() {
  wants[id] = true;
  turn = 1 - id;
  do
  :: !wants[1 - id] -> break
  :: wants[1 - id] ->
     if :: turn == id -> break :: turn != id -> skip fi
  od
}
inline leave() { wants[id] = false }

#elif defined(MCS)

/* Numbers begin with 1; 0 is nobody. */
byte tail
byte next[N + 1]
bool mustWait[N + 1]
byte other[N]
inline enter() {
  next[id + 1] = 0;
  atomic { other[id] = tail; tail = id + 1 };
  if
  :: other[id] != 0 ->
     mustWait[id + 1] = true;
     next[other[id]] = id + 1;
     !mustWait[id + 1]
  :: other[id] == 0 -> skip
  fi
}
inline leave() {
  if
  :: next[id + 1] == 0 ->
     if
     :: atomic { tail == id + 1 -> tail = 0 }; goto outside
     :: tail != id + 1 -> next[id + 1] != 0
     fi
  :: next[id + 1] != 0 -> skip
  fi;
  other[id] = next[id + 1];
  mustWait[other[id]] = false
}

#else

bool taken[N]
#ifdef LEFT_HANDED
#define FIRST (id == N - 1 -> 0 : id)
#define SECOND (id == N - 1 -> N - 1 : (id + 1) % N)
#else
#define FIRST id
#define SECOND ((id + 1) % N)
#endif
inline enter() {
  atomic { !taken[FIRST] -> taken[FIRST] = true };
  atomic { !taken[SECOND] -> taken[SECOND] = true }
}
inline leave() { taken[FIRST] = false; taken[SECOND] = false }

#endif

active [N] proctype p() {
  byte id = _pid;
outside:
  do
  :: skip; skip  /* it stays; a loop of one state is refused */
  :: waits[id] = true; break
  od;
  enter();
  waits[id] = false;
  leave();
  goto outside
}

ltl p0 { [] (waits[0] -> <> !waits[0]) }
ltl p1 { [] (waits[1] -> <> !waits[1]) }
