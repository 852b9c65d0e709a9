# A task that had nothing to do does not hold up those that need it
dag
  tasks:
    load: { }
    clean: { needs: [load] }
0s  start           load leased #1
1s  load skips      load skipped, clean leased #1, why load: skipped by its operator
2s  clean succeeds  clean succeeded, run succeeded
