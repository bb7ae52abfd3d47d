/* Szymanski's mutual exclusion with four bits a process, after BEEM's szymanski. */

#ifndef N
#define N 4
#endif

byte a[N];
byte w[N];
byte s[N];

active [N] proctype P() {
  byte j;

NCS:
  if :: d_step { a[_pid] = 1; j = 0 } fi;
p2:
  if
  :: d_step { j < N && s[j] == 0 -> j++ } -> goto p2
  :: j == N
  fi;
  d_step { w[_pid] = 1; a[_pid] = 0 };
p4:
  if
  :: d_step { s[_pid] == 1 -> j = 0 } -> goto p9
  :: d_step { s[_pid] == 0 -> j = 0 }
  fi;
p5:
  if
  :: d_step { j < N && a[j] == 0 -> j++ } -> goto p5
  :: !(j < N && a[j] == 0)
  fi;
  if
  :: j < N -> goto p7
  :: d_step { j == N -> s[_pid] = 1; j = 0 }
  fi;
p61:
  if
  :: d_step { j < N && a[j] == 0 -> j++ } -> goto p61
  :: d_step { j < N && a[j] == 1 -> s[_pid] = 0 } -> goto p7
  :: d_step { j == N -> w[_pid] = 0; j = 0 }
  fi;
p64:
  if
  :: d_step { j < N && w[j] == 0 -> j++ } -> goto p64
  :: j == N
  fi;
p7:
  if
  :: j == N -> goto p8
  :: d_step { j < N -> j = 0 }
  fi;
p71:
  if
  :: d_step { j < N && w[j] == 1 && s[j] == 0 -> j++ } -> goto p71
  :: !(j < N && w[j] == 1 && s[j] == 0)
  fi;
p8:
  if
  :: d_step { j != _pid && j < N -> s[_pid] = 1; w[_pid] = 0 } -> goto p4
  :: !(j != _pid && j < N) -> goto p4
  fi;
p9:
  if
  :: d_step { j < _pid && w[j] == 0 && s[j] == 0 -> j++ } -> goto p9
  :: j == _pid
  fi;
  s[_pid] = 0;
  goto NCS
}
