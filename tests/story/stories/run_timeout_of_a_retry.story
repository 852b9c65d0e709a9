# Opened again, a run has its whole time again
dag
  timeout: 10s
  tasks:
    load: { retry: { attempts: 1 } }
0s   start          load leased #1
5s   load fails     load failed, run failed
8s   retry          load leased #2
12s  tick           nothing
17s  load succeeds  load succeeded, run succeeded
