# A worker that is gone costs the task nothing but time
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start            load leased #1
1s  load confirmed   load running #1
9s  load lost        load ready, load leased #2
10s  load#1 lost     nothing
11s  load confirmed  load running #2
12s  load succeeds   load succeeded, run succeeded
