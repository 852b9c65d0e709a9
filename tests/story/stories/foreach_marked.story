# A mark ends the task and stops its items at once; what they still report is not believed
dag
  tasks:
    load: { foreach: list, max_parallel: 1 }
0s  start                  load ready
1s  load items 2           load[0] leased #1
2s  load marked succeeded  stop load[0] #1, load[0] cancelled, load succeeded, run succeeded
3s  load[0] succeeds       refused load[0] #1
