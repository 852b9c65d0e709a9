# A run that is over is not late
dag
  timeout: 10s
  tasks:
    load: {}
0s   start          load leased #1
5s   load succeeds  load succeeded, run succeeded
10s  tick           nothing
