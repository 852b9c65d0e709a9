# An attempt that was stopped though nobody asked counts as a transient failure
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1s } }
0s  start         load leased #1
1s  load stopped  load backoff
2s  tick          load leased #2
3s  load stopped  load failed, run failed
