# A worker that is lost before it began costs no try
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  load lost      load leased #2
2s  load#1 lost    nothing
3s  load succeeds  load succeeded, run succeeded
