# A clear of a failed task is a retry of it alone
dag
  tasks:
    load: { retry: { attempts: 1 } }
    other: { retry: { attempts: 1 } }
0s  start           load leased #1, other leased #1
1s  load fails      load failed
2s  other fails     other failed, run failed
3s  load cleared    load leased #2, run running
4s  load succeeds   load succeeded, run failed
