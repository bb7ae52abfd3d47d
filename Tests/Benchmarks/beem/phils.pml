/* Dining philosophers, after BEEM's phils: with SEATS there is a room in which no more than that may be. */

#ifndef N
#define N 9
#define SEATS 7
#endif

byte fork[N];
#ifdef SEATS
byte count;
#endif

#define LEFT fork[_pid]
#define RIGHT fork[(_pid + 1) % N]

active [N] proctype Phil() {
#ifdef SEATS
think:
  if :: d_step { count < SEATS -> count++ } fi;
#endif
inside:
  if
#ifdef SEATS
  :: count-- -> goto think
#endif
  :: d_step { LEFT == 0 -> LEFT = 1 }
  fi;
  d_step { RIGHT == 0 -> RIGHT = 1 };
  LEFT = 0;
  RIGHT = 0;
  goto inside
}
