# No more tasks of a run at once than its dag allows; the more urgent goes first
dag
  max_tasks: 1
  tasks:
    a: { }
    b: { priority: 5 }
0s  start       b leased #1, why a: waits for a free slot
1s  b succeeds  b succeeded, a leased #1
2s  a succeeds  a succeeded, run succeeded
