# A branch that fails leaves the other alone
dag
  tasks:
    a: { retry: { attempts: 1 } }
    after_a: { needs: [a] }
    b: {}
    after_b: { needs: [b] }
0s  start             a leased #1, b leased #1
1s  a fails           a failed, after_a upstream_failed
2s  b succeeds        b succeeded, after_b leased #1
3s  after_b succeeds  after_b succeeded, run failed
