# Opened again, a task has all its tries
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1s, jitter: none } }
0s  start          load leased #1
1s  load fails     load backoff
2s  load fails     load failed, run failed
3s  retry          load leased #3
4s  load fails     load backoff, why load: 1 of 2 tries used
5s  load succeeds  load succeeded, run succeeded
