# The whole task has a limit, tries and all
dag
  tasks:
    load: { total_timeout: 30s, retry: { attempts: 9, delay: 5s, backoff: 1, jitter: none } }
0s   start          load leased #1
10s  load fails     load backoff
15s  tick           load leased #2
30s  tick           load timed_out, stop load #2, run failed, why load: the whole task took longer than 30s
31s  load succeeds  refused load #2
