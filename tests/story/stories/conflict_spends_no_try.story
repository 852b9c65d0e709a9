# A data conflict is tried again without spending a try
dag
  tasks:
    load: { retry: { attempts: 1, delay: 1s } }
0s    start                load leased #1
1s    load fails conflict  load backoff, why load: 0 of 1 tries used
2s    tick                 load leased #2
3s    load succeeds        load succeeded, run succeeded
