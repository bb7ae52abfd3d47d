/* The queue lock of Mellor-Crummey and Scott, after BEEM's mcs. */

#ifndef N
#define N 4
#endif
#define NOBODY 255

byte next[N] = NOBODY;
byte locked[N];
byte tail = NOBODY;

active [N] proctype P() {
  byte pred;

NCS:
  next[_pid] = NOBODY;
  d_step { pred = tail; tail = _pid };
  if
  :: pred == NOBODY -> goto CS
  :: pred != NOBODY
  fi;
  locked[_pid] = 1;
  next[pred] = _pid;
  locked[_pid] == 0;
CS:
  if
  :: next[_pid] == NOBODY
  :: next[_pid] != NOBODY -> goto pass
  fi;
  if
  :: d_step { tail == _pid -> tail = NOBODY } -> goto NCS
  :: tail != _pid
  fi;
  next[_pid] != NOBODY;
pass:
  locked[next[_pid]] = 0;
  goto NCS
}
