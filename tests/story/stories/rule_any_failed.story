# any_failed is the alarm beside the work: it starts with the first failure, and is skipped without one
dag
  tasks:
    a: { }
    b: { }
    alarm: { needs: [a, b], rule: any_failed }
0s  start           a leased #1, b leased #1
1s  a gives_up      a failed, alarm leased #1
2s  alarm succeeds  alarm succeeded
3s  b succeeds      b succeeded, run failed
4s  retry           a leased #2, run running
5s  a succeeds      a succeeded, run succeeded
