/* Fischer's timed mutual exclusion in discrete time, after BEEM's fischer. */

#ifndef N
#define N 8
#endif
#define K1 2
#define K2 3
#define OFF 255

byte id;
byte t[N] = OFF;

active [N] proctype P() {
NCS:
  if :: d_step { id == 0 -> t[_pid] = K1 } fi;
  d_step { t[_pid] = K2; id = _pid + 1 };
wait:
  if
  :: d_step { t[_pid] == 0 -> t[_pid] = OFF } -> goto wait
  :: t[_pid] == OFF && id == _pid + 1
  :: id != _pid + 1 && t[_pid] == OFF -> goto NCS
  fi;
  id = 0;
  goto NCS
}

#define DUE(i) (t[i] == 0)
#define TICK(i) t[i] = (t[i] == OFF -> OFF : t[i] - 1)

active proctype Timer() {
  do
  :: d_step {
       !DUE(0) && !DUE(1) && !DUE(2) && !DUE(3) && !DUE(4) && !DUE(5) && !DUE(6) && !DUE(7) ->
       TICK(0); TICK(1); TICK(2); TICK(3); TICK(4); TICK(5); TICK(6); TICK(7)
     }
  od
}
