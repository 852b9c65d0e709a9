# A resume of what is not paused changes nothing
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  resume         nothing
1s  start          load leased #1
2s  resume         nothing
3s  load succeeds  load succeeded, run succeeded
4s  resume         nothing
