# A run out of time stops its items too
dag
  timeout: 10s
  tasks:
    load: { foreach: list, max_parallel: 1 }
0s   start            load ready
1s   load items 5     load[0] leased #1
10s  tick             run cancelling, stop load[0] #1
11s  load[0] stopped  load[0] cancelled, load cancelled, run failed
