# An item out of time is a failed item
dag
  tasks:
    each: { foreach: list, max_parallel: 2, tolerate: 1, timeout: 10s, retry: { attempts: 1 } }
0s   start               each ready
1s   each items 2        each asleep
2s   each[0] confirmed   each[0] running #1
3s   each[1] succeeds    each[1] succeeded
12s  tick                each[0] timed_out, stop each[0] #1, each succeeded, run succeeded
