# A class stands for its details too
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1s, jitter: none } }
0s  start                         load leased #1
1s  load fails transient/exit_75  load backoff
2s  load succeeds                 load succeeded, run succeeded
