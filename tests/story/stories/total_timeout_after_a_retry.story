# Opened again, it has its whole time again
dag
  tasks:
    load: { total_timeout: 30s, retry: { attempts: 1 } }
0s   start          load leased #1
20s  load fails     load failed, run failed
25s  retry          load leased #2
31s  tick           nothing
54s  load succeeds  load succeeded, run succeeded
