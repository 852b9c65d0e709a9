# A retry that was planned is cancelled with its run
dag
  tasks:
    load: { retry: { attempts: 5, delay: 1m, jitter: none } }
0s   start       load leased #1
1s   load fails  load backoff
2s   cancel      load cancelled, run cancelled
61s  tick        nothing
