/* Lamport's fast mutual exclusion, after BEEM's lamport. */

#ifndef N
#define N 4
#endif
#define NOBODY 255

byte b[N];
byte x = NOBODY;
byte y = NOBODY;

active [N] proctype P() {
  byte j;

NCS:
  b[_pid] = 1;
  x = _pid;
  if
  :: d_step { y != NOBODY -> b[x] = 0 } -> y == NOBODY; goto NCS
  :: y == NOBODY
  fi;
  y = _pid;
  if
  :: x == _pid -> goto CS
  :: d_step { x != _pid -> b[_pid] = 0; j = 0 }
  fi;
q4:
  if
  :: d_step { j < N && b[j] == 0 -> j++ } -> goto q4
  :: j == N
  fi;
  if
  :: y == _pid
  :: y == NOBODY -> goto NCS
  fi;
CS:
  y = NOBODY;
  b[_pid] = 0;
  goto NCS
}
