# A task whose condition holds is tried again without a new question
dag
  tasks:
    a: { if: x, retry: { attempts: 2, delay: 1s, jitter: none } }
0s  start       a ready
1s  a open      a leased #1
2s  a fails     a backoff
3s  tick        a leased #2
4s  a succeeds  a succeeded, run succeeded
