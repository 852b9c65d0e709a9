# A lease that its worker gives back costs nothing
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start          load leased #1
1s  worker_leaves  nothing
2s  load returned  load ready, why load: ready since
3s  worker_comes   load leased #2
4s  load succeeds  load succeeded, run succeeded
