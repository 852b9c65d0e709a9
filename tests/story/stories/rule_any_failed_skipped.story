# any_failed is skipped when all went well
dag
  tasks:
    a: { }
    alarm: { needs: [a], rule: any_failed }
0s  start       a leased #1
1s  a succeeds  a succeeded, alarm skipped, run succeeded, why alarm: skipped by its rule any_failed
