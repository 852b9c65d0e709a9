# A condition without an answer fails its task
dag
  tasks:
    a: { if: x }
    b: { needs: [a] }
0s  start     a ready
1s  a broken  a failed, b upstream_failed, run failed
