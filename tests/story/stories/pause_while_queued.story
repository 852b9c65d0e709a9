# A run that has not begun can't be paused
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  pause          nothing
1s  start          load leased #1
2s  load succeeds  load succeeded, run succeeded
