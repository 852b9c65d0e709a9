# A clear runs a task again with everything that follows from it
dag
  tasks:
    a: { }
    b: { needs: [a] }
    c: { needs: [b] }
    d: { }
0s  start       a leased #1, d leased #1
1s  d succeeds  d succeeded
2s  a succeeds  a succeeded, b leased #1
3s  b succeeds  b succeeded, c leased #1
4s  c succeeds  c succeeded, run succeeded
5s  b cleared   b leased #2, c waiting, run running
6s  b succeeds  b succeeded, c leased #2
7s  c succeeds  c succeeded, run succeeded
