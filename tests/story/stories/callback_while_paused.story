# A pause starts nothing new, but what comes from outside is heard
dag
  tasks:
    wait: { uses: core.callback }
    b: { needs: [wait] }
0s  start                 wait ready
1s  wait sleeps callback  wait asleep
2s  pause                 run paused
3s  wait answered         wait succeeded, b ready
4s  resume                b leased #1
5s  b succeeds            b succeeded, run succeeded
