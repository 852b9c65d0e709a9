# A confirmation is heard once
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start           load leased #1
1s  load confirmed  load running #1
2s  load confirmed  nothing
3s  load succeeds   load succeeded, run succeeded
4s  load confirmed  nothing
