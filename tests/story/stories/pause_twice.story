# A second pause changes nothing
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  pause          run paused
2s  pause          nothing
3s  load succeeds  load succeeded, run succeeded
