# Everything was done already
dag
  tasks:
    load: {}
    count: { needs: [load] }
0s  carried load count  load succeeded, count succeeded
1s  start               run succeeded
