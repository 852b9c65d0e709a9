# A clear of one task alone leaves what follows as it is
dag
  tasks:
    a: { }
    b: { needs: [a] }
0s  start            a leased #1
1s  a succeeds       a succeeded, b leased #1
2s  b succeeds       b succeeded, run succeeded
3s  a cleared alone  a leased #2, run running
4s  a gives_up       a failed, run failed
