# A task is made failed by hand, and what follows from it follows
dag
  tasks:
    load: {}
    count: { needs: [load] }
0s  start               load leased #1
1s  load marked failed  stop load #1, load failed, count upstream_failed, run failed
