/* Alur's and Taubenfeld's fast timed mutual exclusion in discrete time, after BEEM's at. */

#ifndef N
#define N 5
#endif
#define K1 1
#define K2 3
#define OFF 255
#define NOBODY 255

byte x;
byte y = NOBODY;
byte z;
byte t[N] = OFF;

active [N] proctype P() {
NCS:
  if :: d_step { x = _pid; t[_pid] = OFF } fi;
  d_step { y == NOBODY -> t[_pid] = K1 };
  d_step { y = _pid; t[_pid] = K1 };
  if
  :: d_step { x == _pid -> t[_pid] = K1 } -> goto fast
  :: d_step { x != _pid -> t[_pid] = K2 }
  fi;
  d_step { t[_pid] == 0 -> t[_pid] = K1 };
  if
  :: d_step { y != _pid -> t[_pid] = K1 } -> goto NCS
  :: d_step { y == _pid -> t[_pid] = OFF }
  fi;
  z == 0;
  goto CS;
fast:
  if :: d_step { z = 1; t[_pid] = OFF } fi;
CS:
  if :: d_step { z = 0; t[_pid] = K1 } fi;
  if
  :: d_step { y != _pid -> t[_pid] = OFF } -> goto NCS
  :: d_step { y == _pid -> t[_pid] = K1 }
  fi;
  d_step { y = NOBODY; t[_pid] = OFF };
  goto NCS
}

#define DUE(i) (t[i] == 0)
#define TICK(i) t[i] = (t[i] == OFF -> OFF : t[i] - 1)

active proctype Timer() {
  do
  :: d_step {
       !DUE(0) && !DUE(1) && !DUE(2) && !DUE(3) && !DUE(4) ->
       TICK(0); TICK(1); TICK(2); TICK(3); TICK(4)
     }
  od
}
