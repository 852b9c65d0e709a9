# A report of a lease that was lost changes nothing, whatever it says
dag
  tasks:
    load: { }
0s  start             load leased #1
1s  load confirmed    load running #1
9s  load lost         load leased #2
10s  load#1 succeeds  refused load #1
11s  load#1 fails     refused load #1
12s  load#1 confirmed  nothing
13s  load#2 succeeds  load succeeded, run succeeded
14s  load#2 fails     refused load #2
