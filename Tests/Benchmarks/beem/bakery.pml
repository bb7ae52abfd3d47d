/* Lamport's bakery with bounded numbers, after BEEM's bakery. */

#ifndef N
#define N 4
#endif
#ifndef LARGEST
#define LARGEST 7
#endif

byte choosing[N];
byte number[N];

active [N] proctype P() {
  byte j, max;

NCS:
  if :: d_step { choosing[_pid] = 1; j = 0; max = 0 } fi;
choose:
  if
  :: d_step { j < N && number[j] > max -> max = number[j]; j++ } -> goto choose
  :: d_step { j < N && number[j] <= max -> j++ } -> goto choose
  :: d_step { j == N && max < LARGEST -> number[_pid] = max + 1; j = 0; choosing[_pid] = 0 }
  fi;
queue:
  if
  :: j < N && choosing[j] == 0
  :: j == N -> goto CS
  fi;
  d_step {
    number[j] == 0 || number[j] > number[_pid] || (number[j] == number[_pid] && _pid <= j) -> j++
  };
  goto queue;
CS:
  number[_pid] = 0;
  goto NCS
}
