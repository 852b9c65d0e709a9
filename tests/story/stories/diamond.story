# A task waits for all its needs
dag
  tasks:
    a: {}
    b: { needs: [a] }
    c: { needs: [a] }
    d: { needs: [b, c] }
0s  start       a leased #1
1s  a succeeds  a succeeded, b leased #1, c leased #1
2s  c succeeds  c succeeded, why d: needs b
3s  b succeeds  b succeeded, d leased #1
4s  d succeeds  d succeeded, run succeeded
