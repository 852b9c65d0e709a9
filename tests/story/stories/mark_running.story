# A task that runs is stopped when it is marked, and what it reports later is refused
dag
  tasks:
    a: { }
    b: { needs: [a] }
0s  start            a leased #1
1s  a marked failed  a failed, b upstream_failed, stop a #1, run failed
2s  a#1 succeeds     refused a #1
