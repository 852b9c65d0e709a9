# A paused run whose last task ends is over: there is nothing left to pause
dag
  tasks:
    load: { }
0s  start          load leased #1
1s  pause          run paused
2s  load succeeds  load succeeded, run succeeded
3s  resume         nothing
