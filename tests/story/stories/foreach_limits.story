# The window of a task at work is widened, and what is open now starts
dag
  tasks:
    load: { foreach: list, max_parallel: 1, retry: { attempts: 1 } }
0s  start             load ready
1s  load items 3      load[0] leased #1
2s  load limits 3 1   load[1] leased #1, load[2] leased #1
3s  load[0] fails     load[0] failed
4s  load[1] succeeds  load[1] succeeded
5s  load[2] succeeds  load[2] succeeded, load succeeded, run succeeded
