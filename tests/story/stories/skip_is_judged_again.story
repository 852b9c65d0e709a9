# A retry of what failed judges once more what was skipped because of it
dag
  tasks:
    a: { }
    b: { needs: [a], rule: a.succeeded }
    c: { needs: [b] }
0s  start       a leased #1
1s  a gives_up  a failed, b skipped, c skipped, run failed
2s  retry       a leased #2, b waiting, c waiting, run running
3s  a succeeds  a succeeded, b leased #1
4s  b succeeds  b succeeded, c leased #1
5s  c succeeds  c succeeded, run succeeded
