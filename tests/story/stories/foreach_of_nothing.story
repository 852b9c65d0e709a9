# No items: nothing to wait for
dag
  tasks:
    load: { foreach: list }
    report: { needs: [load] }
0s  start            load ready
1s  load items 0     load succeeded, report leased #1
2s  report succeeds  report succeeded, run succeeded
