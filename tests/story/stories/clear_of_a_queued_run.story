# Nothing to clear before the start
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  load cleared   nothing
1s  start          load leased #1
2s  load succeeds  load succeeded, run succeeded
