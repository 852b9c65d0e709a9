# A retry runs the items that failed and those that never began, and none that succeeded
dag
  tasks:
    load: { foreach: list, max_parallel: 1, retry: { attempts: 1 } }
0s  start             load ready
1s  load items 3      load[0] leased #1
2s  load[0] succeeds  load[0] succeeded, load[1] leased #1
3s  load[1] fails     load[1] failed, load failed, run failed
4s  retry             load ready
5s  load items 3      load asleep, load[1] leased #2
6s  load[1] succeeds  load[1] succeeded, load[2] leased #1
7s  load[2] succeeds  load[2] succeeded, load succeeded, run succeeded
