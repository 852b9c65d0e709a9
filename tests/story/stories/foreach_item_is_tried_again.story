# An item has the whole retry policy of its task
dag
  tasks:
    load: { foreach: list, max_parallel: 1, retry: { attempts: 2, delay: 5s, jitter: none } }
0s   start             load ready
1s   load items 2      load[0] leased #1
2s   load[0] fails     load[0] backoff, why load[1]: waits for its turn
7s   tick              load[0] leased #2
8s   load[0] succeeds  load[0] succeeded, load[1] leased #1
9s   load[1] succeeds  load[1] succeeded, load succeeded, run succeeded
