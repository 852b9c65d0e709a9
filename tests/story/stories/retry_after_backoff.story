# A failed task waits for its backoff, then tries again
dag
  tasks:
    load: { uses: fake, retry: { attempts: 2, delay: 1s } }
0s    start            load leased #1
5s    load fails       load backoff
5.9s  tick             nothing
6s    tick             load ready, load leased #2
7s    load succeeds    load succeeded, run succeeded
