# What is over can't be cancelled
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  load succeeds  load succeeded, run succeeded
2s  cancel         nothing
3s  pause          nothing
4s  retry          nothing
