# A retry is for what has failed
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  retry          nothing
1s  start          load leased #1
2s  retry          nothing
3s  load fails     load failed, run failed
4s  retry          load leased #2
5s  load succeeds  load succeeded, run succeeded
6s  retry          nothing
