# A pause does not stop the clock of a run
dag
  timeout: 10s
  tasks:
    load: {}
0s   worker_leaves  nothing
1s   start          load ready
2s   pause          run paused
11s  tick           load cancelled, run failed
