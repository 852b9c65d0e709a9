# Tolerating less than has failed already closes the task
dag
  tasks:
    load: { foreach: list, max_parallel: 2, tolerate: 2, retry: { attempts: 1 } }
0s  start             load ready
1s  load items 3      load asleep
2s  load[0] fails     load[0] failed, load[2] leased #1
3s  load limits 2 0   stop load[1] #1, stop load[2] #1
4s  load[1] stopped   load[1] cancelled
5s  load limits 2 9   nothing
6s  load[2] stopped   load[2] cancelled, load failed, run failed
