# A rule may be an expression over the states of needs
dag
  tasks:
    a: { }
    b: { }
    c: { needs: [a, b], rule: a.succeeded && (b.skipped || b.succeeded) }
    d: { needs: [a, b], rule: !a.succeeded || b.failed }
0s  start       a leased #1, b leased #1
1s  a succeeds  a succeeded, why c: needs b
2s  b skips     b skipped, c leased #1, d skipped, why d: skipped by its rule
3s  c succeeds  c succeeded, run succeeded
