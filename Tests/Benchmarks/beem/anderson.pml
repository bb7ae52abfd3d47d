/* Anderson's queue lock, after BEEM's anderson. */

#ifndef N
#define N 6
#endif

byte slot[N] = { 1, 0, 0, 0, 0, 0 };
byte next;

active [N] proctype P() {
  byte my_place;

NCS:
  if :: d_step { my_place = next; next++ } fi;
  if
  :: d_step { my_place == N - 1 -> next = next - N }
  :: d_step { my_place != N - 1 -> my_place = my_place % N }
  fi;
  slot[my_place] == 1;
  slot[my_place] = 0;
  slot[(my_place + 1) % N] = 1;
  goto NCS
}
