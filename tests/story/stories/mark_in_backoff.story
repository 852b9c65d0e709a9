# A task that waits for its next try is made succeeded
dag
  tasks:
    load: { retry: { attempts: 2, delay: 1m, jitter: none } }
0s   start                  load leased #1
1s   load fails             load backoff
2s   load marked succeeded  load succeeded, run succeeded
61s  tick                   nothing
