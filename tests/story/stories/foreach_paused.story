# A pause leaves the items that run alone, and starts no other
dag
  tasks:
    load: { foreach: list, max_parallel: 1 }
0s  start             load ready
1s  load items 2      load[0] leased #1
2s  pause             run paused
3s  load[0] succeeds  load[0] succeeded, load[1] ready, why load[1]: the run is paused
4s  resume            load[1] leased #1
5s  load[1] succeeds  load[1] succeeded, load succeeded, run succeeded
