# any_succeeded without a success: upstream_failed when one failed, skipped when all were skipped
dag
  tasks:
    a: { }
    b: { }
    c: { needs: [a, b], rule: any_succeeded }
    d: { needs: [b], rule: any_succeeded }
0s  start       a leased #1, b leased #1
1s  a gives_up  a failed
2s  b skips     b skipped, c upstream_failed, d skipped, run failed
