# One after the other
dag
  tasks:
    a: {}
    b: { needs: [a] }
    c: { needs: [b] }
0s  start       a leased #1, why b: needs a, why c: needs b
1s  a succeeds  a succeeded, b leased #1
2s  b succeeds  b succeeded, c leased #1
3s  c succeeds  c succeeded, run succeeded
