# An old attempt of an item is not believed
dag
  tasks:
    each: { foreach: list, max_parallel: 1, retry: { attempts: 2, delay: 1s, jitter: none } }
0s  start               each ready
1s  each items 1        each[0] leased #1
2s  each[0] fails       each[0] backoff
3s  tick                each[0] leased #2
4s  each[0]#1 succeeds  refused each[0] #1
5s  each[0] succeeds    each[0] succeeded, each succeeded, run succeeded
