# What is at work behind it is not cleared from under a worker's hands
dag
  tasks:
    a: { }
    b: { needs: [a] }
0s  start       a leased #1
1s  a succeeds  a succeeded, b leased #1
2s  a cleared   nothing
3s  b gives_up  b failed, run failed
4s  a cleared   a leased #2, b waiting, run running
5s  a succeeds  a succeeded, b leased #2
6s  b succeeds  b succeeded, run succeeded
