# A condition decides once the needs are met, and a skip is carried on
dag
  tasks:
    a: { }
    b: { needs: [a], if: x }
    c: { needs: [b] }
0s  start       a leased #1, why b: needs a
1s  a succeeds  a succeeded, b ready, why b: condition is being evaluated
2s  b false     b skipped, c skipped, run succeeded, why b: condition x was false
