# all_done runs however its needs ended; the run still tells of the failure
dag
  tasks:
    a: { }
    b: { }
    tidy: { needs: [a, b], rule: all_done }
0s  start          a leased #1, b leased #1
1s  a gives_up     a failed, why tidy: needs b
2s  b succeeds     b succeeded, tidy leased #1
3s  tidy succeeds  tidy succeeded, run failed
