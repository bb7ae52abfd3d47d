/* The towers of Hanoi, after BEEM's hanoi. */

#define DISKS 15
#define BOTTOM 100

byte a[16] = { BOTTOM, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1 };
byte b[16] = { BOTTOM, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
byte c[16] = { BOTTOM, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
byte a_top = 16;
byte b_top = 1;
byte c_top = 1;

#define MOVES(name, from, from_top, to, to_top) \
  active proctype name() { \
    do \
    :: d_step { \
         from[from_top - 1] < to[to_top - 1] -> \
         to[to_top] = from[from_top - 1]; to_top++; from[from_top - 1] = 0; from_top-- \
       } \
    od \
  }

MOVES(AtoB, a, a_top, b, b_top)
MOVES(AtoC, a, a_top, c, c_top)
MOVES(BtoA, b, b_top, a, a_top)
MOVES(BtoC, b, b_top, c, c_top)
MOVES(CtoA, c, c_top, a, a_top)
MOVES(CtoB, c, c_top, b, b_top)
