# One failure more than is tolerated: no more items are opened, those at work are stopped, and the task fails
dag
  tasks:
    load: { foreach: list, max_parallel: 3, tolerate: 1, retry: { attempts: 1 } }
    report: { needs: [load] }
0s  start            load ready
1s  load items 9     load asleep, load[2] leased #1
2s  load[0] fails    load[0] failed, load[3] leased #1, why load: 1 failed (1 tolerated)
3s  load[1] fails    load[1] failed, stop load[2] #1, stop load[3] #1, why load: stop
4s  load[2] stopped  load[2] cancelled
5s  load[3] lost     load[3] cancelled, load failed, report upstream_failed, run failed, why load[8]: was not started
