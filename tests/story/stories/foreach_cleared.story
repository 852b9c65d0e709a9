# A clear asks for the list again; the items of before are history
dag
  tasks:
    load: { foreach: list, max_parallel: 2 }
0s  start             load ready
1s  load items 1      load[0] leased #1
2s  load[0] succeeds  load[0] succeeded, load succeeded, run succeeded
3s  load cleared      load ready, run running
4s  load items 2      load asleep, load[0] leased #1, load[1] leased #1
5s  load[0] succeeds  load[0] succeeded
6s  load[1] succeeds  load[1] succeeded, load succeeded, run succeeded
