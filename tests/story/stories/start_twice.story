# A run starts once
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  start          nothing
2s  load succeeds  load succeeded, run succeeded
3s  start          nothing
