# A task may be marked before its turn, and its needs don't wake it any more
dag
  tasks:
    a: { }
    b: { needs: [a] }
    c: { needs: [b] }
0s  start              a leased #1
1s  b marked skipped   b skipped, c skipped
2s  a succeeds         a succeeded, run succeeded
