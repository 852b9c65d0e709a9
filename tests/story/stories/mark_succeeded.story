# A failed task that somebody mends by hand is marked, and the run goes on from there
dag
  tasks:
    a: { }
    b: { needs: [a] }
    c: { needs: [b] }
0s  start               a leased #1
1s  a gives_up          a failed, b upstream_failed, c upstream_failed, run failed
2s  a marked succeeded  a succeeded, b leased #1, run running
3s  b succeeds          b succeeded, c leased #1
4s  c succeeds          c succeeded, run succeeded
