# What could not run holds up what follows from it
dag
  tasks:
    a: { retry: { attempts: 1 } }
    b: { needs: [a] }
    c: { needs: [b] }
    d: { needs: [c], rule: all_done }
0s  start       a leased #1
1s  a fails     a failed, b upstream_failed, c upstream_failed, d leased #1
2s  d succeeds  d succeeded, run failed
