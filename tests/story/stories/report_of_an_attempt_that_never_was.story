# Nobody is believed who was never sent
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start            load leased #1
1s  load#7 succeeds  refused load #7
2s  load succeeds    load succeeded, run succeeded
