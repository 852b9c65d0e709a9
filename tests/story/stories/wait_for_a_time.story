# A wait sleeps without a worker and ends by itself
dag
  tasks:
    a: { uses: core.wait }
    b: { needs: [a] }
0s  start              a ready
1s  a sleeps time 10s  a asleep, why a: asleep until
5s  tick               nothing
11s  tick              a succeeded, b leased #1
12s  b succeeds        b succeeded, run succeeded
