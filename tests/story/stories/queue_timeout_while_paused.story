# A paused run is not to blame for waiting
dag
  max_tasks: 1
  tasks:
    first: {}
    second: { queue_timeout: 10s }
0s   start            first leased #1
5s   pause            run paused
8s   first succeeds   first succeeded
15s  tick             nothing
16s  resume           second leased #1
17s  second succeeds  second succeeded, run succeeded
