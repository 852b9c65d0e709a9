# Whoever reports to a run that is over is refused
dag
  tasks:
    load: { retry: { attempts: 1 } }
0s  start            load leased #1
1s  load succeeds    load succeeded, run succeeded
2s  load#1 succeeds  refused load #1
3s  load#1 fails     refused load #1
