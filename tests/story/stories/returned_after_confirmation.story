# What runs can't be given back
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start           load leased #1
1s  load confirmed  load running #1
2s  load returned   nothing
3s  load succeeds   load succeeded, run succeeded
