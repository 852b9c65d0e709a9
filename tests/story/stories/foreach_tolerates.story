# Failures that are tolerated are counted, and the task succeeds
dag
  tasks:
    load: { foreach: list, max_parallel: 2, tolerate: 1, retry: { attempts: 1 } }
0s  start             load ready
1s  load items 2      load asleep
2s  load[0] fails     load[0] failed
3s  load[1] succeeds  load[1] succeeded, load succeeded, run succeeded
