# By hand also while paused
dag
  tasks:
    load: {}
    count: { needs: [load] }
0s  worker_leaves          nothing
1s  start                  load ready
2s  pause                  run paused
3s  load marked failed     load failed, count upstream_failed, run failed
