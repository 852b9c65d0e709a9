# Each wait for a slot has its own limit; an old one ends nothing
dag
  tasks:
    load: { queue_timeout: 10s, retry: { attempts: 2, delay: 20s, jitter: none } }
0s   start          load leased #1
5s   load fails     load backoff
24s  worker_leaves  nothing
25s  tick           load ready
34s  tick           nothing
35s  tick           load timed_out, run failed
